import { abortable } from "../../base/deadline.ts";
import { resultText } from "../../core/commands/resultText.ts";
import type { Outcome, RunContext } from "../../core/ports.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { RouteRequest } from "../../protocol/plugins/routing.ts";
import type { RoutingDecision } from "../../protocol/plugins/routingDecision.ts";
import { encodeValue } from "../../protocol/values.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { callMethod } from "./callMethod.ts";
import type { CallRecorder } from "./callRecords.ts";
import type { PluginDirectory } from "./pluginDirectory.ts";
import { exclusionOf, routedMethodOf } from "./routedMethod.ts";
import type { PluginRouter } from "./pluginRouter.ts";

export interface RunRouteDeps {
  readonly router: Pick<PluginRouter, "route" | "reportFallback">;
  readonly directory: Pick<PluginDirectory, "plugins">;
  readonly bus: Pick<BusParticipant, "request">;
  readonly records: CallRecorder;
}

/** One plugin that was asked to run the request. */
interface Attempt {
  readonly plugin: string;
  readonly method: string;
  readonly status: "completed" | "failed";
  readonly code?: string;
  readonly error?: string;
}

/** Timeout in milliseconds of an attempt, if the request has none. */
const ATTEMPT_MS = 30_000;

/**
 * Routes a request and runs it: by the best plugin, or else, one after the other, by its fallbacks. The next one is tried if
 * a plugin could not run the request; the error of a method that has run is the result.
 * @param timeoutMs of the whole, of which each attempt gets an equal part of what is left; undefined for the default
 */
export async function runRoute(
  request: RouteRequest,
  context: RunContext,
  deps: RunRouteDeps,
  timeoutMs: number | undefined,
): Promise<Outcome> {
  const startedAt = performance.now();
  const exclude = exclusionOf(deps.directory, (command) => context.mayRun(command));
  const decision = await abortable(deps.router.route(request, exclude), context.signal);
  const attempts: Attempt[] = [];
  let failure = new BridgeError("INTERNAL_ERROR");
  const plugins = [decision.primaryPlugin, ...decision.fallbackPlugins];
  for (const plugin of plugins) {
    const leftMs = timeoutMs === undefined ? undefined : timeoutMs - (performance.now() - startedAt);
    const attemptMs = leftMs === undefined ? ATTEMPT_MS : Math.max(1, leftMs / (plugins.length - attempts.length));
    const method = routedMethodOf(plugin, deps.directory);
    const previous = attempts.at(-1);
    if (previous !== undefined) await deps.router.reportFallback(fallbackOf(decision, previous, plugin));
    const tell = (status: string): void => reportAttempt(context, { decision, plugin, method, status });
    tell("in_progress");
    const answer = await callMethod(callOf({ plugin, method, request, decision, timeoutMs: Math.ceil(attemptMs) }), {
      ...deps,
      context,
    });
    if (answer.kind === "cancelled") return answer;
    tell(answer.kind);
    if (answer.kind === "completed") {
      attempts.push({ plugin, method, status: "completed" });
      return completed({ plugin, method, result: answer.result, decision, attempts });
    }
    attempts.push({ plugin, method, status: "failed", code: answer.code, error: answer.error });
    if (answer.failure === undefined)
      return { ...answer, result: encodeValue({ plugin, method, error: answer.result, decision, attempts }).value };
    failure = answer.failure;
  }
  return exhausted(failure, decision, attempts);
}

interface Ran {
  readonly plugin: string;
  readonly method: string;
  readonly result: unknown;
  readonly decision: RoutingDecision;
  readonly attempts: readonly Attempt[];
}

function completed(ran: Ran): Outcome {
  const { value, truncated } = encodeValue(ran);
  const output = resultText(encodeValue(ran.result).value);
  return { kind: "completed", output, result: value, ...(truncated && { isTruncated: true }) };
}

function exhausted(last: BridgeError, decision: RoutingDecision, attempts: readonly Attempt[]): Outcome {
  const message = `No plugin could run the request: ${attempts.map(({ plugin, error = "" }) => `${plugin}: ${error}`).join(" ")}`;
  const failure = new BridgeError(last.code, message, { ...last.context, requestId: decision.requestId, attempts });
  const result = encodeValue({ decision, attempts }).value;
  return { kind: "failed", error: message, code: failure.code, failure, result };
}

function callOf({
  plugin,
  method,
  request,
  decision,
  timeoutMs,
}: Omit<Ran, "result" | "attempts"> & {
  readonly request: RouteRequest;
  readonly timeoutMs: number;
}): Parameters<typeof callMethod>[0] {
  const { text, ...parameters } = request;
  const params = { command: text, parameters: { ...parameters, requestId: decision.requestId } };
  return { plugin, method, params, timeoutMs };
}

function fallbackOf({ requestId }: RoutingDecision, { plugin, error = "" }: Attempt, next: string) {
  return { requestId, originalPlugin: plugin, fallbackPlugin: next, reason: error };
}

/** Shows an attempt in the events of the execution. */
function reportAttempt(
  context: Pick<RunContext, "toolCall">,
  { decision, plugin, method, status }: Omit<Ran, "result" | "attempts"> & { readonly status: string },
): void {
  const { requestId, capabilityScores } = decision;
  const score = capabilityScores.find((other) => other.plugin === plugin)?.score ?? 0;
  const title = `${plugin}.${method} (score ${score})`;
  context.toolCall({ toolCallId: `${requestId}-${plugin}`, title, kind: "route", status });
}
