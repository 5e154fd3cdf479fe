import type { Execution } from "../../core/executions/execution.ts";
import type { RunStep, RunSummary } from "../outbox/fact.ts";
import { plainId, plainWord } from "../outbox/reduceFact.ts";
import type { RunTrace } from "./runTrace.ts";

/** Replaces the ID of a command that no target has, which may be any text. */
export const UNKNOWN_COMMAND = "(unknown)";

export interface SummaryOptions {
  /** The number of the event. */
  readonly sequence: number;
  readonly isKnownCommand: (id: string) => boolean;
  readonly trace: RunTrace | undefined;
  readonly isEnd: boolean;
  readonly wantsSteps: boolean;
  /** Masks secrets. */
  readonly mask: (text: string) => string;
}

/** Summarizes an execution as it is now, without content. */
export function summaryOf(execution: Execution, options: SummaryOptions): RunSummary {
  const { requestedBy, end, output, sessionId, parentId, rootId, traceparent, task } = execution;
  const { sequence, isKnownCommand, mask } = options;
  const stopReason = plainWord(end.stopReason);
  return {
    executionId: execution.id,
    ...(parentId !== undefined && { parentId }),
    ...(rootId !== parentId && { rootId }),
    ...(traceparent !== undefined && { traceparent }),
    sequence,
    status: execution.status,
    command: isKnownCommand(task.command) ? task.command : UNKNOWN_COMMAND,
    target: execution.target,
    windowId: execution.windowId,
    principalId: requestedBy?.principal?.id,
    origin: requestedBy?.origin,
    via: requestedBy?.via,
    queuedAt: execution.queuedAt,
    startedAt: execution.startedAt,
    completedAt: execution.completedAt,
    sessionId: sessionId === undefined ? undefined : plainId(mask(sessionId)),
    exitCode: end.exitCode,
    stopReason: stopReason === undefined ? undefined : mask(stopReason),
    errorCode: end.code,
    cause: end.cause,
    outputLength: output.length,
    isOutputTruncated: output.isTruncated,
    questions: execution.questions,
    ...(task.kind === "chat" && { agent: execution.target }),
    ...tracedOf(execution, options),
  };
}

/** Returns what the events of an agent have told. */
function tracedOf(execution: Execution, { trace, isEnd, wantsSteps, mask }: SummaryOptions): Partial<RunSummary> {
  const { model, steps: _, usage, ...traced } = trace?.summary(isEnd) ?? {};
  const steps = isEnd && wantsSteps ? [...queuedStep(execution), ...stepsOf(trace, mask)] : [];
  return {
    ...traced,
    ...(usage !== undefined && { usage: maskedUsage(usage, mask) }),
    ...(model !== undefined && { model: mask(model) }),
    ...(steps.length > 0 && { steps }),
  };
}

function maskedUsage(usage: NonNullable<RunSummary["usage"]>, mask: (text: string) => string): typeof usage {
  const { currency } = usage;
  return typeof currency === "string" ? { ...usage, currency: mask(currency) } : usage;
}

function stepsOf(trace: RunTrace | undefined, mask: (text: string) => string): readonly RunStep[] {
  return (trace?.summary(true).steps ?? []).map((step) => ({ ...step, id: mask(step.id), name: mask(step.name) }));
}

/** The time before its start, if it had to wait. */
function queuedStep({ queuedAt, startedAt, completedAt }: Execution): RunStep[] {
  const endedAt = startedAt ?? completedAt;
  if (endedAt === undefined || endedAt <= queuedAt) return [];
  return [{ kind: "queued", id: "queued", name: "queued", startedAt: queuedAt, endedAt, status: undefined }];
}
