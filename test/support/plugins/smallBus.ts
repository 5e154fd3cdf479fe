import { randomUUID } from "node:crypto";
import { onAbort } from "../../../src/base/abort.ts";
import { startDeadline } from "../../../src/base/deadline.ts";
import type { Message, NewRequest, Untyped } from "../../../src/plugins/bus/message.ts";
import type {
  BusParticipant,
  BusSubscription,
  DeliveryHandler,
  RequestOptions,
  SubscribeOptions,
} from "../../../src/plugins/bus/participant.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";

interface Pending {
  readonly resolve: (payload: Untyped) => void;
  readonly progress: ((payload: Untyped) => void) | undefined;
  readonly responder: string;
}

/** A bus of few lines, for requests alone: exact topics, one responder, payloads as JSON. */
export class SmallBus {
  readonly subscriptions: {
    name: string;
    pattern: string;
    handler: DeliveryHandler;
    filter: SubscribeOptions["filter"];
  }[] = [];
  readonly pending = new Map<string, Pending>();

  join(name: string): BusParticipant {
    return {
      name,
      publish: async () => undefined,
      subscribe: (pattern, handler, options) => this.#subscribe(name, pattern, handler, options),
      request: (message, options) => this.#request(name, message, options),
      respond: async (id, payload) => {
        const sent = encode(payload);
        const request = this.#owed(id, name);
        this.pending.delete(id);
        request.resolve(sent);
      },
      progress: async (id, payload) => {
        const sent = encode(payload);
        this.#owed(id, name).progress?.(sent);
      },
      stats: () => assertUnused(),
      dispose: async () => undefined,
    };
  }

  #subscribe(name: string, pattern: string, handler: DeliveryHandler, options: SubscribeOptions = {}): BusSubscription {
    const entry = { name, pattern, handler, filter: options.filter };
    this.subscriptions.push(entry);
    return { pattern, unsubscribe: () => void this.subscriptions.splice(this.subscriptions.indexOf(entry), 1) };
  }

  async #request(source: string, given: NewRequest, { signal, onProgress }: RequestOptions = {}): Promise<Untyped> {
    signal?.throwIfAborted();
    const correlationId = randomUUID();
    const message = messageOf(source, given, correlationId);
    const responder = this.subscriptions.find(
      ({ name, pattern, filter }) =>
        pattern === given.topic && name === given.destination && (filter?.(message) ?? true),
    );
    if (responder === undefined) throw new BridgeError("NOT_FOUND", "Nobody answers.", { reason: "no-responder" });
    const controller = new AbortController();
    return await new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => {
        this.pending.delete(correlationId);
        controller.abort(reason);
        reject(reason);
      };
      const { timeout = 30_000 } = given;
      const late = new BridgeError("OPERATION_TIMEOUT", `No response within ${timeout} ms.`);
      const deadline = startDeadline(timeout, () => fail(late));
      const settle = (payload: Untyped): void => {
        void deadline.dispose();
        resolve(payload);
      };
      if (signal !== undefined) onAbort(signal, fail);
      this.pending.set(correlationId, { resolve: settle, progress: onProgress, responder: responder.name });
      queueMicrotask(() => void responder.handler({ message, signal: controller.signal }));
    });
  }

  #owed(id: string, name: string): Pending {
    const request = this.pending.get(id);
    if (request?.responder === name) return request;
    throw new BridgeError("ACCESS_DENIED", "This request is not for this participant.");
  }
}

function messageOf(source: string, { topic, destination = "*", payload }: NewRequest, correlationId: string): Message {
  return {
    messageId: randomUUID(),
    correlationId,
    timestamp: new Date().toISOString(),
    source,
    destination,
    topic,
    messageType: "request",
    priority: 5,
    headers: {},
    payload: encode(payload),
    metadata: {},
  };
}

function encode(payload: unknown): Untyped {
  if (payload === undefined) return undefined;
  try {
    return JSON.parse(JSON.stringify(payload));
  } catch {
    throw new BridgeError("VALIDATION_FAILED", "The payload is no JSON.");
  }
}

function assertUnused(): never {
  throw new Error("not used");
}
