import type { IncomingMessage } from "node:http";
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
import { type Caller, inTrace } from "../../core/access/principal.ts";
import { assertMeets } from "../../core/access/scopeRule.ts";
import type { RequestLimits } from "../limits/requestLimits.ts";
import { toBridgeError } from "../http/errorHandler.ts";
import { EXECUTE_PATH } from "../http/answers.ts";
import { type OutsideRequest, submitTo, type Submitter } from "../http/submission.ts";
import { errorFrom } from "../windows/errorFrom.ts";
import { ExecutionPlaces, type ExecutionPlacesDeps } from "../windows/executionPlaces.ts";
import type { Placement } from "../windows/placement.ts";
import { statusOfAll } from "../windows/statusOfAll.ts";
import type { OtherWindow, WindowCall } from "../windows/windows.ts";

export interface SocketChannelDeps {
  readonly dispatcher: Submitter & Pick<Dispatcher, "cancel" | "answer">;
  readonly placement: Placement;
  readonly executions: ExecutionPlacesDeps["executions"];
  readonly history: ExecutionPlacesDeps["history"];
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

/** The result of a request in another window, as JSON. */
export class TextResult {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Maximum size of the result of an execute in another window, in bytes: more than the largest that a window sends. */
const MAX_RESULT_BYTES = 64 * 1024 * 1024;

/** The client of a connection. */
export interface SocketClient {
  readonly caller: Caller;
  /** Its upgrade. */
  readonly upgrade: IncomingMessage;
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
  { caller, upgrade }: SocketClient,
): Channel {
  const { dispatcher, status, placement, refusals, requestLimits } = deps;
  const places = new ExecutionPlaces(deps);
  const reach = () => ({ windows: placement.windowsFor(upgrade), caller });
  const handlers: MethodHandlers<typeof socketMethods> = {
    execute: async ({ request, idempotencyKey, traceparent = caller.traceparent, respondAsync = false }) => {
      const destination = await placement.destinationOf(upgrade, request, idempotencyKey);
      const outside = { request, idempotencyKey, caller: inTrace(caller, traceparent) };
      if (destination.kind === "window") return executeIn(destination.window, outside, respondAsync);
      const { execution } = destination.kind === "past" ? destination : await submitTo(dispatcher, outside);
      return resultOf(execution, respondAsync);
    },
    cancel: async ({ executionId }) => {
      const place = await places.ofExecution(reach(), executionId);
      if (place.kind === "here") return dispatcher.cancel(executionId, caller);
      const path = `/api/kiro/executions/${encodeURIComponent(executionId)}/cancel`;
      return resultFrom(place.window, { method: "POST", path, caller });
    },
    input: async (body) => {
      const place = await places.ofExecution(reach(), body.executionId);
      if (place.kind === "here") return dispatcher.answer(body, caller);
      return resultFrom(place.window, { method: "POST", path: "/api/kiro/input", caller, body });
    },
    status: () => statusOfAll(status.current(caller.principal), placement.windowsFor(upgrade), caller.principal),
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
async function resultOf(execution: Answerable, respondAsync: boolean): Promise<ExecutionResult> {
  if (!respondAsync) await execution.answered;
  if (execution.failure !== undefined) throw execution.failure;
  return new ExecutionResult(execution);
}

function executeIn(
  window: OtherWindow,
  { request, idempotencyKey, caller }: OutsideRequest,
  respondAsync: boolean,
): Promise<TextResult> {
  const headers = {
    ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
    ...(respondAsync && { prefer: "respond-async" }),
  };
  const call = { method: "POST", path: EXECUTE_PATH, caller, body: request, headers } as const;
  return resultFrom(window, { ...call, maxBytes: MAX_RESULT_BYTES });
}

/** @throws BridgeError the error of the other window, or as `OtherWindow.call` does */
async function resultFrom(window: OtherWindow, call: WindowCall): Promise<TextResult> {
  const { status, body } = await window.call(call);
  if (status < 300) return new TextResult(body.trimEnd());
  throw errorFrom(body);
}
