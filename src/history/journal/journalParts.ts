import type { BridgeEvent } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import { beginningOf, type TextRoom } from "../textRoom.ts";
import type { ImpliedStep } from "./journalLines.ts";
import { shortId } from "./journalMask.ts";

export type ExecutionEvent = BridgeEvent & { readonly executionId: string };

/** Overhead of a step in characters: a step that exceeds the room only by this is truncated instead of omitted. */
const FRAME = 500;

export function impliedStep(event: ExecutionEvent): ImpliedStep {
  const step: ImpliedStep = [event.type, event.eventId, event.timestamp];
  return event.type === "command-queued" ? [...step, event.position] : step;
}

type OutputEvent = ExecutionEvent & { readonly type: "command-output" };

export function isOutput(event: ExecutionEvent): event is OutputEvent {
  return event.type === "command-output" && event.stream === "stdout";
}

/** Truncates an output to the remaining room, or returns undefined if nothing fits. */
export function partOf(event: OutputEvent, lineLength: number, room: number): OutputEvent | undefined {
  const length = Math.floor(((room - FRAME) * event.output.length) / lineLength);
  return length <= 0 ? undefined : { ...event, output: beginningOf(event.output, length) };
}

/** Removes arguments. The command itself stays if it is a valid ID; other text is an argument. */
export function dropArguments(record: ExecutionRecord): void {
  record.command = shortId(record.command);
  record.args = [];
  delete record.params;
}

/** Truncates arguments to the remaining room. */
export function cutArguments(record: ExecutionRecord, room: TextRoom, most = room.left): void {
  const end = room.left - most;
  record.command = room.text(record.command, most);
  record.args = room.texts(record.args, room.left - end);
  if (record.params !== undefined) record.params = room.values(record.params, room.left - end);
  if (room.isCut) record.contentTruncated = true;
  if (room.isMasked) record.contentMasked = true;
}

/** Removes fields of a step that repeat the record. */
export function withoutRepetition(event: ExecutionEvent): object {
  switch (event.type) {
    case "command-started":
      return { ...event, command: shortId(event.command), args: [] };
    case "command-queued":
      return { ...event, command: shortId(event.command) };
    case "command-completed":
      return { ...event, output: "" };
    case "command-error":
      return { ...event, error: "" };
    default:
      return event;
  }
}

/** Returns how the result of a command follows from its output: unchanged, or serialized as JSON. */
export function resultInOutput({ status, output, result }: ExecutionRecord, room: number): "text" | "json" | undefined {
  if (status !== "completed" || result === undefined) return undefined;
  if (result === output) return "text";
  return output !== "" && output.length <= room && JSON.stringify(result) === output ? "json" : undefined;
}
