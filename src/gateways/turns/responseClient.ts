import type { IncomingMessage } from "node:http";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Principal } from "../../core/access/principal.ts";
import { accessEnded } from "../../core/access/scopes.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import type { ClientRegistry } from "../../server/clients.ts";
import type { Answer } from "../../server/http/answers.ts";

export interface ResponseClientOptions {
  readonly request: IncomingMessage;
  readonly response: Answer;
  readonly isStream: boolean;
  readonly principal: Principal;
}

/** The client that waits for a response, which counts as a connection until its end. */
export class ResponseClient implements Disposable {
  /** Aborted when the client has gone, or its access has ended before the head of the response was sent. */
  readonly left: AbortSignal;
  readonly #store = new DisposableStore();
  readonly #gone = new AbortController();
  readonly #refused = new AbortController();
  readonly #options: ResponseClientOptions;

  constructor(options: ResponseClientOptions) {
    this.#options = options;
    this.left = AbortSignal.any([this.#gone.signal, this.#refused.signal]);
    const { response } = options;
    const onClose = (): void => {
      // Closed after its end as well.
      if (!response.writableFinished) this.#gone.abort();
    };
    response.once("close", onClose);
    this.#store.defer(() => void response.off("close", onClose));
    if (response.destroyed) this.#gone.abort();
  }

  /** True if it has closed its connection before the end. */
  get hasGone(): boolean {
    return this.#gone.signal.aborted;
  }

  /** Counts it as connected. @throws BridgeError if there are too many connections, or its access has ended */
  connect(clients: Pick<ClientRegistry, "connect">): void {
    const { request, isStream, principal } = this.#options;
    this.#store.add(clients.connect(isStream ? "sse" : "http", request, (why) => this.#refuse(why)));
    if (!principal.isActive) throw accessEnded();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #refuse(why: BridgeError): void {
    const { response } = this.#options;
    if (response.headersSent) response.destroy();
    else this.#refused.abort(why);
  }
}
