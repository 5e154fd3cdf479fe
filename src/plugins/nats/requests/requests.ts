import type { Msg } from "@nats-io/nats-core";
import { startDeadline } from "../../../base/deadline.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import type { Packet, Requester, SentRequest } from "../../bus/transport.ts";
import { encodeMessage } from "../envelope.ts";
import type { NatsLink } from "../link.ts";
import type { Subjects } from "../subjects.ts";
import { decodeFrame, type Frame } from "./frames.ts";
import { Lookout } from "./lookout.ts";

/** The status of the server's own response if nobody subscribes to the subject. */
const NO_RESPONDERS = 503;
/** After the last known responder of a request to all has left, another one may still report. */
const LATE_MS = 100;
/** A bridge that has not even said for this long that it has the request is gone, or does nothing. */
const SILENT_MS = 5000;

export interface RequestsDeps {
  readonly link: NatsLink;
  readonly subjects: Subjects;
  readonly clientId: string;
}

/** The requests of this process that have no response yet. */
export class Requests implements Disposable {
  readonly #deps: RequestsDeps;
  readonly #pending = new Map<string, PendingRequest>();
  readonly #endings: readonly Disposable[];
  readonly #lookout: Lookout;
  #nextId = 0;

  constructor(deps: RequestsDeps) {
    this.#deps = deps;
    const { link, subjects, clientId } = deps;
    this.#lookout = new Lookout(deps, {
      watched: () => new Set([...this.#pending.values()].flatMap((pending) => pending.responders)),
      onGone: (client) => {
        for (const pending of this.#pending.values()) pending.clientGone(client);
      },
    });
    this.#endings = [
      link.subscribe(subjects.ofInbox(clientId, "*"), undefined, (message) => this.#receive(message)),
      link.onDidDisconnect((error) => this.#failAll(error)),
      this.#lookout,
    ];
  }

  send(packet: Packet, requester: Requester): SentRequest {
    const { link, subjects, clientId } = this.#deps;
    const { topic, destination } = packet.message;
    this.#nextId += 1;
    const id = String(this.#nextId);
    const reply = subjects.ofInbox(clientId, id);
    const pending = new PendingRequest(requester, {
      lateMs: destination === "*" ? LATE_MS : 0,
      onEnd: (hasOtherResponders) => {
        this.#pending.delete(id);
        if (hasOtherResponders) this.#cancel(reply);
      },
    });
    this.#pending.set(id, pending);
    try {
      link.connected();
      const subject = subjects.ofMessage("live", topic, destination);
      const sent = link.publish({ subject, data: encodeMessage(packet.message), reply });
      sent?.catch((error: unknown) => pending.fail(asBridgeError(error)));
    } catch (error) {
      queueMicrotask(() => pending.fail(asBridgeError(error)));
    }
    return { cancel: () => pending.end() && this.#cancel(reply) };
  }

  dispose(): void {
    this.#failAll(this.#deps.link.unavailable());
    for (const ending of this.#endings) void ending.dispose();
  }

  #receive({ subject, headers, data }: Msg): void {
    const pending = this.#pending.get(subject.slice(subject.lastIndexOf(".") + 1));
    if (pending === undefined) return;
    if (headers?.code === NO_RESPONDERS) return pending.fail(noResponder());
    const frame = decodeFrame(data);
    if (frame === undefined) return;
    if (frame.kind === "taken") this.#lookout.watch();
    pending.take(frame);
  }

  #cancel(reply: string): void {
    try {
      void this.#deps.link.publish({ subject: this.#deps.subjects.canceled, data: reply })?.catch(() => undefined);
    } catch {
      // The responders learn from the lost connection.
    }
  }

  #failAll(error: BridgeError): void {
    for (const pending of this.#pending.values()) pending.fail(error);
  }
}

interface PendingOptions {
  readonly lateMs: number;
  readonly onEnd: (hasOtherResponders: boolean) => void;
}

/** One request until its end. */
class PendingRequest {
  readonly #requester: Requester;
  readonly #options: PendingOptions;
  /** Clients that have taken the request. */
  readonly #taken = new Set<string>();
  #wasAbandoned = false;
  #hasEnded = false;
  #late: Disposable | undefined;
  readonly #silence: Disposable;

  constructor(requester: Requester, options: PendingOptions) {
    this.#requester = requester;
    this.#options = options;
    this.#silence = startDeadline(SILENT_MS, () => this.#fail(abandoned(), true));
  }

  get responders(): readonly string[] {
    return [...this.#taken];
  }

  take(frame: Frame): void {
    if (this.#hasEnded) return;
    void this.#silence.dispose();
    switch (frame.kind) {
      case "taken":
        this.#taken.add(frame.client);
        return;
      case "progress":
        return this.#requester.onProgress(frame.payload);
      case "response":
        this.end(this.#taken.size > 1);
        return this.#requester.onResponse(frame.payload);
      case "abandoned":
      case "refused":
        return this.#left(frame);
    }
  }

  /** A client has lost its connection. */
  clientGone(client: string): void {
    if (!this.#hasEnded && this.#taken.has(client)) this.#left({ kind: "abandoned", client });
  }

  fail(error: BridgeError): void {
    this.#fail(error, false);
  }

  /** @returns false if it has ended before */
  end(hasOtherResponders = false): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    void this.#late?.dispose();
    void this.#silence.dispose();
    this.#options.onEnd(hasOtherResponders);
    return true;
  }

  #fail(error: BridgeError, hasResponders: boolean): void {
    if (this.end(hasResponders)) this.#requester.onFailed(error);
  }

  #left({ kind, client }: Extract<Frame, { client: string }>): void {
    this.#taken.delete(client);
    if (kind === "abandoned") this.#wasAbandoned = true;
    if (this.#taken.size > 0) return;
    void this.#late?.dispose();
    this.#late = startDeadline(this.#options.lateMs, () => {
      if (this.#taken.size === 0) this.fail(this.#wasAbandoned ? abandoned() : noResponder());
    });
  }
}

function noResponder(): BridgeError {
  return new BridgeError("NOT_FOUND", "Nobody responds to this request.", { reason: "no-responder" });
}

function abandoned(): BridgeError {
  return new BridgeError("KIRO_UNAVAILABLE", "The responder has disconnected.", { reason: "abandoned" });
}

function asBridgeError(error: unknown): BridgeError {
  return isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR");
}
