import type * as z from "zod";
import type { Disposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { Dispatcher } from "../core/commands/dispatcher.ts";
import type { EventLog } from "../core/events/eventLog.ts";
import type { StatusBoard } from "../core/status.ts";
import type { Answerable } from "../core/commands/submission.ts";
import { BridgeError } from "../protocol/errors.ts";
import { withKnownNames } from "../protocol/otherNames.ts";
import {
  type SocketMethod,
  socketMethods,
  type SocketReply,
  socketReplySchema,
  socketRequestSchema,
} from "../protocol/socket.ts";
import { invalid, validate } from "../protocol/validate.ts";
import { toBridgeError } from "../server/http/errorHandler.ts";
import type { EventSink } from "./eventFeed.ts";
import type { RefusalLog } from "../server/guards/refusalLog.ts";
import { submitTo, type Submitter } from "../server/http/submission.ts";
import { Subscription } from "./subscription.ts";

/** A reply, or what will be one: the reply about an execution may be large, and is made when it can be sent. */
export type ChannelReply = SocketReply | ExecutionReply;

export interface ExecutionReply {
  readonly id: SocketReply["id"];
  readonly execution: Answerable;
}

export interface ChannelDeps {
  readonly dispatcher: Submitter & Pick<Dispatcher, "cancel" | "answer">;
  readonly status: Pick<StatusBoard, "current">;
  readonly events: EventLog;
  /** Counts a request against the client's limit. @throws BridgeError RATE_LIMIT_EXCEEDED */
  readonly admit?: () => void;
  readonly refusals: RefusalLog;
}

/** So many requests of one client may be under way; only repeats of the same work can be as many. */
const MAX_IN_FLIGHT = 1000;

const idSchema = socketReplySchema.shape.id;

/**
 * What a client may ask over a connection that stays (docs/wire-contract.md#53-websocket): requests `{id, method, params}`, each
 * with one reply to its asker; events go to the sink. It knows nothing of the wire: WebSocket and dashboard use the same.
 */
export class Channel implements Disposable {
  readonly #parts: ChannelDeps;
  readonly #logger: Logger;
  readonly #caller: string;
  readonly #subscription: Subscription;
  #inFlight = 0;

  /** @param caller what the client calls itself */
  constructor(parts: ChannelDeps, sink: EventSink, logger: Logger, caller: string) {
    this.#parts = parts;
    this.#caller = caller;
    this.#logger = logger;
    this.#subscription = new Subscription(parts.events, sink);
  }

  /** Which events the client gets from now on, without a request. */
  get subscription(): Pick<Subscription, "start"> {
    return this.#subscription;
  }

  /**
   * Never rejects. A reply to `subscribe` must be sent in the turn in which it comes: its events follow in the next.
   * A client that goes away does not cancel what it asked for.
   */
  async handle(request: unknown): Promise<ChannelReply> {
    this.#inFlight++;
    try {
      const { id, method, params } = validate(socketRequestSchema, request);
      this.#parts.admit?.();
      if (this.#inFlight > MAX_IN_FLIGHT)
        throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many requests are in progress.");
      if (method === "execute") return { id, execution: await this.#execute(params) };
      return { id, result: await this.#perform(method, params) };
    } catch (thrown) {
      const error = toBridgeError(thrown, this.#logger);
      this.#parts.refusals.note(error, { caller: this.#caller, method: methodOf(request), path: "/ws" });
      return { id: idOf(request), error: error.toBody() };
    } finally {
      this.#inFlight--;
    }
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #perform(name: string, params: unknown): Promise<unknown> | object {
    const method = assertMethod(name);
    switch (method) {
      case "cancel":
        return this.#parts.dispatcher.cancel(read(socketMethods.cancel, params).executionId);
      case "input":
        return this.#parts.dispatcher.answer(read(socketMethods.input, params));
      case "status":
        validate(socketMethods.status, params);
        return this.#parts.status.current();
      case "subscribe":
        return this.#subscription.replace(read(socketMethods.subscribe, params) ?? {});
    }
  }

  /** As over HTTP: the reply comes at the end, or at the first question, or at once if that is asked for. */
  async #execute(params: unknown): Promise<Answerable> {
    const { request, idempotencyKey, respondAsync } = validate(socketMethods.execute, params);
    const { execution } = await submitTo(this.#parts.dispatcher, { request, idempotencyKey, caller: this.#caller });
    if (respondAsync !== true) await execution.answered;
    if (execution.failure !== undefined) throw execution.failure;
    return execution;
  }
}

/** Params that name an execution or a kind of question, under whichever name they come. */
function read<T>(schema: z.ZodType<T>, params: unknown): T {
  return validate(schema, withKnownNames(params, ["executionId", "type"]));
}

function assertMethod(name: string): Exclude<SocketMethod, "execute"> {
  if (isMethod(name) && name !== "execute") return name;
  throw invalid("method", "enum", Object.keys(socketMethods).join(" | "), "another name");
}

function isMethod(name: string): name is SocketMethod {
  return Object.hasOwn(socketMethods, name);
}

/** The name of a method that there is; another one may be anything. */
function methodOf(request: unknown): string {
  const method: unknown = typeof request === "object" && request !== null ? Reflect.get(request, "method") : undefined;
  return typeof method === "string" && isMethod(method) ? method : "(none)";
}

/** The id of a request that is wrong otherwise; null when it has none. */
function idOf(request: unknown): SocketReply["id"] {
  const id: unknown = typeof request === "object" && request !== null ? Reflect.get(request, "id") : null;
  return idSchema.safeParse(id).data ?? null;
}
