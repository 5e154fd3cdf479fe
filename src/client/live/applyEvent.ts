import type { BridgeEvent, EventType, PendingInput } from "../wireTypes.ts";
import type { LiveExecution } from "./liveExecution.ts";
import { grown, retracted } from "./outputTail.ts";

type EventOf<T extends EventType> = Extract<BridgeEvent, { type: T }>;

/** Returns the execution that begins with an event, or undefined for other events. */
export function begunBy(event: BridgeEvent): LiveExecution | undefined {
  if (event.type !== "command-queued" && event.type !== "command-started") return undefined;
  const isStart = event.type === "command-started";
  return {
    id: event.executionId,
    windowId: event.windowId,
    command: event.command,
    args: isStart ? [...event.args] : [],
    ...(event.target !== undefined && { target: event.target }),
    status: isStart ? "running" : "queued",
    startedAt: event.timestamp,
    ...(!isStart && { position: event.position }),
    output: "",
  };
}

/**
 * Returns an execution after one of its events.
 * @param maxOutput the length of the output that is kept, in characters
 */
export function applyEvent(row: LiveExecution, event: BridgeEvent, maxOutput: number): LiveExecution {
  switch (event.type) {
    case "command-started":
      return { ...row, status: "running", startedAt: event.timestamp, args: [...event.args] };
    case "command-output":
      return event.stream === "stdout" ? { ...row, ...grown(row, event.output, maxOutput) } : row;
    case "output-retracted":
      return { ...row, ...retracted(row, event.length) };
    case "tool-call":
      return withTool(row, event);
    case "user-input-required":
      return { ...row, status: "waiting-input", question: questionOf(event) };
    case "input-accepted":
    case "input-expired":
      return withoutQuestion({ ...row, status: "running" });
    case "wait-changed":
      return withWait(row, event);
    default:
      return applyEnd(row, event, maxOutput);
  }
}

function applyEnd(row: LiveExecution, event: BridgeEvent, maxOutput: number): LiveExecution {
  const at = event.timestamp;
  const executionTimeMs = durationOf(row, at);
  switch (event.type) {
    case "command-completed":
      return ended({
        ...row,
        status: "completed",
        completedAt: at,
        executionTimeMs: event.executionTimeMs,
        ...(row.output === "" && grown(row, event.output, maxOutput)),
      });
    case "command-error": {
      const { error, errorCode: code, cause, status = "failed" } = event;
      return ended({
        ...row,
        status,
        completedAt: at,
        executionTimeMs,
        error,
        ...(code && { code }),
        ...(cause && { cause }),
      });
    }
    case "command-cancelled":
      return ended({ ...row, status: "cancelled", completedAt: at, executionTimeMs });
    default:
      return row;
  }
}

/** Returns an execution whose window has ended. */
export function interruptedBy({ timestamp }: EventOf<"window-left">, row: LiveExecution): LiveExecution {
  return ended({
    ...row,
    status: "interrupted",
    completedAt: timestamp,
    executionTimeMs: durationOf(row, timestamp),
    error: "The window that ran this has ended. The outcome is unknown.",
    code: "KIRO_UNAVAILABLE",
    cause: "window-gone",
  });
}

function durationOf(row: LiveExecution, completedAt: string): number {
  return Math.max(0, Date.parse(completedAt) - Date.parse(row.startedAt));
}

function withTool(row: LiveExecution, { title, status }: EventOf<"tool-call">): LiveExecution {
  const isOver = status === "completed" || status === "failed";
  const { tool, ...rest } = row;
  return isOver && (tool === title || tool === undefined) ? rest : { ...row, tool: title };
}

function questionOf(event: EventOf<"user-input-required">): PendingInput {
  const { questionId, prompt, inputType, choices, timeoutMs = 0 } = event;
  const expiresAt = new Date(Date.parse(event.timestamp) + timeoutMs).toISOString();
  return { questionId, prompt, inputType, ...(choices !== undefined && { choices: [...choices] }), expiresAt };
}

function withWait(
  { waitingFor: _before, ...row }: LiveExecution,
  { waitingFor }: EventOf<"wait-changed">,
): LiveExecution {
  return waitingFor === undefined ? { ...row, status: "running" } : { ...row, status: "waiting-input", waitingFor };
}

function withoutQuestion({ question: _answered, ...rest }: LiveExecution): LiveExecution {
  return rest;
}

function ended(row: LiveExecution): LiveExecution {
  const { tool: _tool, position: _position, waitingFor: _waitingFor, ...rest } = withoutQuestion(row);
  return rest;
}
