import type { Logger } from "../../base/logger.ts";
import { bindMethods, Channel, type MethodHandlers } from "../../channel/channel.ts";
import type { Subscription } from "../../channel/subscription.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { StatusBoard } from "../../core/status.ts";
import { withKnownNames } from "../../protocol/otherNames.ts";
import { type SocketMethod, socketMethods, socketScopes } from "../../protocol/socket.ts";
import type { RefusalLog } from "../guards/refusalLog.ts";
import type { Caller } from "../../core/access/principal.ts";
import { assertMeets } from "../../core/access/scopeRule.ts";
import type { RequestLimits } from "../limits/requestLimits.ts";
import { toBridgeError } from "../http/errorHandler.ts";
import { type OutsideRequest, submitTo, type Submitter } from "../http/submission.ts";

export interface SocketChannelDeps {
  readonly dispatcher: Submitter & Pick<Dispatcher, "cancel" | "answer">;
  readonly status: Pick<StatusBoard, "current">;
  readonly events: EventLog;
  readonly requestLimits: Pick<RequestLimits, "admit">;
  readonly refusals: RefusalLog;
}

/** The result of `execute`: it may be large, so its text is made when it can be sent. */
export class ExecutionResult {
  readonly execution: Answerable;

  constructor(execution: Answerable) {
    this.execution = execution;
  }
}

/** Methods whose params may name an execution, or the kind of a question, by another field name. */
const methodsWithOtherNames: ReadonlySet<SocketMethod> = new Set(["cancel", "input", "subscribe"]);

/**
 * Answers the requests of one external client over its WebSocket (docs/wire-contract.md#53-websocket).
 * A reply to `subscribe` must be sent in the turn of the event loop in which it comes: its events follow in the next.
 */
export function socketChannel(
  deps: SocketChannelDeps,
  subscription: Pick<Subscription, "replace">,
  logger: Logger,
  caller: Caller,
): Channel {
  const { dispatcher, status, refusals, requestLimits } = deps;
  const handlers: MethodHandlers<typeof socketMethods> = {
    execute: ({ request, idempotencyKey, respondAsync }) =>
      execute(dispatcher, { request, idempotencyKey, caller }, respondAsync === true),
    cancel: ({ executionId }) => dispatcher.cancel(executionId, caller),
    input: (answer) => dispatcher.answer(answer, caller),
    status: () => status.current(caller.principal),
    subscribe: (params = {}) => subscription.replace(params),
  };
  return new Channel({
    methods: bindMethods({ schemas: socketMethods, handlers }, (method, params) => {
      assertMeets(caller.principal, socketScopes[method]);
      return methodsWithOtherNames.has(method) ? withKnownNames(params, ["executionId", "type"]) : params;
    }),
    admit: () => requestLimits.admit(caller.principal),
    toError: (thrown) => toBridgeError(thrown, logger),
    onError: (error, method) =>
      refusals.note(error, {
        by: caller.principal,
        via: caller.via,
        caller: caller.program ?? "",
        method,
        path: "/ws",
      }),
  });
}

/** As over HTTP: the reply comes at the end, at the first question, or immediately if the client asks for that. */
async function execute(
  dispatcher: Submitter,
  request: OutsideRequest,
  respondAsync: boolean,
): Promise<ExecutionResult> {
  const { execution } = await submitTo(dispatcher, request);
  if (!respondAsync) await execution.answered;
  if (execution.failure !== undefined) throw execution.failure;
  return new ExecutionResult(execution);
}
