import { BridgeError } from "../../../protocol/errors.ts";
import type { Packet } from "../packet.ts";
import type { ReplyPort, Requester, SentRequest } from "../transport.ts";
import type { RoutedSubscription } from "./routes.ts";

/** A request within this process, and the subscriptions that may answer it. The first response settles it. */
export class EmbeddedRequest implements SentRequest {
  readonly #requester: Requester;
  readonly #ports: Port[] = [];
  #waitingFor: number;
  #isOpen = true;

  constructor(requester: Requester, responders: number) {
    this.#requester = requester;
    this.#waitingFor = responders;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  deliver(packet: Packet, to: RoutedSubscription): void {
    const port = new Port(this);
    this.#ports.push(port);
    to.deliver(packet, port);
  }

  cancel(): void {
    this.#close(undefined);
  }

  settle(payload: unknown, by: Port): void {
    if (this.#close(by)) this.#requester.onResponse(payload);
  }

  progress(payload: unknown): void {
    if (this.#isOpen) this.#requester.onProgress(payload);
  }

  /** One of the responders will not answer. */
  abandon(by: Port): void {
    if (!this.#isOpen) return;
    this.#waitingFor -= 1;
    if (this.#waitingFor > 0) return;
    this.#close(by);
    const message = "The responder disconnected, failed or dropped the request before it answered.";
    this.#requester.onFailed(new BridgeError("KIRO_UNAVAILABLE", message, { reason: "abandoned" }));
  }

  /** Aborts the work of all responders but the one that has ended it. */
  #close(by: Port | undefined): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    for (const port of this.#ports) if (port !== by) port.abort();
    return true;
  }
}

class Port implements ReplyPort {
  readonly #request: EmbeddedRequest;
  #isAbandoned = false;
  #isAborted = false;
  /** Made when a handler asks for its signal. */
  #controller: AbortController | undefined;

  constructor(request: EmbeddedRequest) {
    this.#request = request;
  }

  get isOpen(): boolean {
    return this.#request.isOpen && !this.#isAbandoned;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  respond(payload: unknown): undefined {
    this.#request.settle(payload, this);
  }

  progress(payload: unknown): undefined {
    this.#request.progress(payload);
  }

  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#request.abandon(this);
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}
