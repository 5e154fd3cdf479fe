import { abortable, within } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import type { AgentTools } from "../../../core/models/agentTools.ts";
import type { AssistantPart, CallPart, CallResult } from "../../../core/models/step.ts";
import { messageOf } from "../../../protocol/errors.ts";

/** Maximum number of calls of one step. */
const MAX_CALLS = 64;
/** Time in milliseconds for calls to end after the turn was stopped. */
const STOP_MS = 2000;

export function callsOf(parts: readonly AssistantPart[]): readonly CallPart[] {
  return parts.filter((part) => part.type === "call");
}

/**
 * Gives calls without an ID, or with one of another call of the turn, an ID of their own: some servers number the calls of
 * each step from zero.
 * @param taken the IDs of the turn, to which those of the parts are added
 */
export function withOwnIds(parts: readonly AssistantPart[], taken: Set<string>): readonly AssistantPart[] {
  return parts.map((part) => {
    if (part.type !== "call") return part;
    const base = part.id === "" ? "call" : part.id;
    let id = base;
    for (let count = 2; taken.has(id); count++) id = `${base}-${count}`;
    taken.add(id);
    return id === part.id ? part : { ...part, id };
  });
}

/** Returns results for calls that are not run. */
export function refused(calls: readonly CallPart[], why: string): readonly CallResult[] {
  return calls.map((call) => failedResult(call, why));
}

/**
 * Runs the calls of a step at the same time. Returns one result for each, in their order, also after an abort: then the
 * calls without a result were cancelled. Never rejects.
 */
export async function runCalls(
  calls: readonly CallPart[],
  tools: AgentTools | undefined,
  logger: Logger,
  signal: AbortSignal,
): Promise<readonly CallResult[]> {
  const results = new Map<CallPart, CallResult>();
  const run = async (call: CallPart, available: AgentTools): Promise<void> => {
    try {
      results.set(call, await available.call(call, signal));
    } catch (error) {
      if (signal.aborted) return;
      logger.error("A tool of an agent failed", { error: messageOf(error) });
      results.set(call, failedResult(call, "The tool has failed because of an internal error."));
    }
  };
  const running = tools === undefined ? [] : calls.slice(0, MAX_CALLS).map((call) => run(call, tools));
  const settled = Promise.all(running);
  await abortable(settled, signal).catch(() => within(settled, STOP_MS, undefined));
  return calls.map((call, at) => results.get(call) ?? failedResult(call, reasonOf(at)));

  function reasonOf(at: number): string {
    if (tools === undefined) return "Not run: there are no tools.";
    if (at >= MAX_CALLS) return `Not run: one step may have ${MAX_CALLS} calls.`;
    return "Cancelled before the call had a result. It may have been carried out.";
  }
}

function failedResult({ id, name }: CallPart, why: string): CallResult {
  return { callId: id, name, content: [{ type: "text", text: why }], isError: true };
}
