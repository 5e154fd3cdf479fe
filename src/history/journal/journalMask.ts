import type { Redactor } from "../../core/privacy/redactor.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import { isFact } from "./journalContent.ts";

/** Maximum length of an ID, which keeps the lines of steps short. A longer command is an argument. */
const LONGEST_ID = 200;

/** Returns a command if it may be an ID, otherwise an empty text. */
export function shortId(command: string): string {
  return command.length > LONGEST_ID ? "" : command;
}

/** Masks the short fields of a record: those that are neither arguments nor output, error and result. */
export function maskFields(record: ExecutionRecord, redactor: Redactor): void {
  for (const name of fields) {
    const field = record[name];
    if (field === undefined) continue;
    // A longer command is truncated as an argument first.
    if (name === "command" && record.command.length > LONGEST_ID) continue;
    const masked = redactor.value(field);
    if (masked !== field) Object.assign(record, { [name]: masked, contentMasked: true });
  }
}

const fields = ["command", "session", "sessionId", "workspacePath", "requestedBy", "stopReason"] as const;

/** Masks a step, except its output. @returns the same object if there is no secret */
export function maskStep(step: object, redactor: Redactor): object {
  let masked: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(step)) {
    if (name === "output" || isFact(name)) continue;
    const shown = redactor.value(field);
    if (shown !== field) masked = { ...(masked ?? step), [name]: shown };
  }
  return masked ?? step;
}
