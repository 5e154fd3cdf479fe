import type { ExecutionRow } from "../contract/dashboard.ts";
import type { BridgeEvent, EventType } from "../../protocol/events.ts";
import type { InputRequest } from "../../protocol/input.ts";
import { grown, retracted } from "../contract/outputTail.ts";

type EventOf<T extends EventType> = Extract<BridgeEvent, { type: T }>;

/** Returns the row of an execution for its first event, or undefined for other events. */
export function beginRow(event: BridgeEvent): ExecutionRow | undefined {
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

/** Returns the row after an event. Rows are immutable, so that changes are detected by identity. */
export function applyEvent(row: ExecutionRow, event: BridgeEvent): ExecutionRow {
  switch (event.type) {
    case "command-started":
      return { ...row, status: "running", startedAt: event.timestamp, args: [...event.args] };
    case "command-output":
      return event.stream === "stdout" ? { ...row, ...grown(row, event.output) } : row;
    case "output-retracted":
      return { ...row, ...retracted(row, event.length) };
    case "tool-call":
      return withTool(row, event);
    case "user-input-required":
      return { ...row, status: "waiting-input", question: questionOf(event) };
    case "input-accepted":
    case "input-expired":
      return withoutQuestion({ ...row, status: "running" });
    default:
      return applyEnd(row, event);
  }
}

function applyEnd(row: ExecutionRow, event: BridgeEvent): ExecutionRow {
  const at = event.timestamp;
  const executionTimeMs = Math.max(0, Date.parse(at) - Date.parse(row.startedAt));
  switch (event.type) {
    case "command-completed":
      return ended({
        ...row,
        status: "completed",
        completedAt: at,
        executionTimeMs: event.executionTimeMs,
        ...(row.output === "" && grown({ output: "" }, event.output)),
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

function withTool(row: ExecutionRow, { title, status }: EventOf<"tool-call">): ExecutionRow {
  const isOver = status === "completed" || status === "failed";
  const { tool, ...rest } = row;
  return isOver && (tool === title || tool === undefined) ? rest : { ...row, tool: title };
}

function questionOf(event: EventOf<"user-input-required">): InputRequest {
  const { questionId, prompt, inputType, choices, timeoutMs = 0 } = event;
  const expiresAt = new Date(Date.parse(event.timestamp) + timeoutMs).toISOString();
  return { questionId, prompt, inputType, ...(choices !== undefined && { choices: [...choices] }), expiresAt };
}

function withoutQuestion({ question: _answered, ...rest }: ExecutionRow): ExecutionRow {
  return rest;
}

function ended(row: ExecutionRow): ExecutionRow {
  const { tool: _tool, position: _position, ...rest } = withoutQuestion(row);
  return rest;
}
