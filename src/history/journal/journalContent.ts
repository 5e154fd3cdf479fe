import type { BridgeEvent } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";

/** Replaces the ID of an unknown command, which may be arbitrary text, such as a prompt in the wrong field. */
const UNKNOWN_COMMAND = "(unknown command)";

/** Fields that clients, commands and the CLI cannot fill with text. */
const facts: ReadonlySet<string> = new Set([
  "type",
  "eventId",
  "timestamp",
  "windowId",
  "executionId",
  "questionId",
  "position",
  "timeoutMs",
  "length",
  "success",
  "exitCode",
  "executionTimeMs",
  "errorCode",
  "cause",
  "recoverable",
  "stream",
  "inputType",
  "how",
]);

/** Returns true for a field of an event that cannot contain text from outside. */
export function isFact(name: string): boolean {
  return facts.has(name);
}

/** Text fields that an event requires. */
const texts: ReadonlySet<string> = new Set(["args", "output", "error", "prompt", "inputValue", "toolCallId", "title"]);

/** Returns an execution without its content: the command, times, duration and outcome. */
export function factsOf(record: ExecutionRecord, isKnownCommand: (id: string) => boolean): ExecutionRecord {
  const { id, target, status, code, cause, windowId, sessionId, queuedAt, startedAt, completedAt } = record;
  const { executionTimeMs, exitCode, outputTruncated } = record;
  const command = knownOnly(record.command, isKnownCommand);
  const numbers = { executionTimeMs, exitCode, outputTruncated };
  const times = { queuedAt, startedAt, completedAt };
  return {
    id,
    executionId: id,
    command,
    args: [],
    output: "",
    target,
    status,
    code,
    cause,
    windowId,
    sessionId,
    ...times,
    ...numbers,
    contentOmitted: true,
  };
}

/**
 * Returns a step without its content; required texts are empty.
 * @returns undefined for a step that only consists of text
 */
export function factsOfEvent(event: BridgeEvent, isKnownCommand: (id: string) => boolean): object | undefined {
  if (event.type === "command-output" || event.type === "output-retracted") return undefined;
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === "command") kept[name] = knownOnly(String(value), isKnownCommand);
    else if (facts.has(name)) kept[name] = value;
    else if (texts.has(name)) kept[name] = Array.isArray(value) ? [] : "";
  }
  return event.type === "command-error" ? { ...kept, status: event.status } : kept;
}

function knownOnly(command: string, isKnownCommand: (id: string) => boolean): string {
  return isKnownCommand(command) ? command : UNKNOWN_COMMAND;
}
