import { isBridgeError, messageOf } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import { encodeValue, type EncodedValue, type Json } from "../../protocol/values.ts";
import type { CommandCatalog } from "./commandCatalog.ts";
import { type EditorPort, type Outcome, type Task, UnknownCommand } from "../ports.ts";

/** Runs one editor command and tells faithfully what came of it. Never rejects for what the command did. */
export async function runEditorCommand(task: Task, editor: EditorPort, catalog: CommandCatalog): Promise<Outcome> {
  try {
    const value = await editor.execute(task.command, task.params ?? task.args);
    catalog.notice(task.command);
    return completed(value);
  } catch (error) {
    if (isBridgeError(error)) throw error;
    if (error instanceof UnknownCommand) return unknownCommand(task.command, catalog);
    catalog.notice(task.command);
    return thrown(error);
  }
}

function completed({ value, truncated }: EncodedValue): Outcome {
  return { kind: "completed", output: asText(value), result: value, ...(truncated && { isTruncated: true }) };
}

function thrown(error: unknown): Outcome {
  const message = messageOf(error) || "The command failed without a message.";
  return { kind: "failed", error: message, code: "COMMAND_EXECUTION_FAILED", result: encodeValue(error).value };
}

function unknownCommand(id: string, catalog: CommandCatalog): Outcome {
  const near = catalog.suggest(id);
  const hint = near.length === 0 ? "" : ` Did you mean ${near.map((name) => `'${name}'`).join(", ")}?`;
  return { kind: "failed", error: `Command '${quote(id)}' not found.${hint}`, code: "COMMAND_EXECUTION_FAILED" };
}

/**
 * The `output` of the original API (docs/wire-contract.md#7-compatibility): text as it is, nothing as "", everything else as
 * JSON.
 */
function asText(value: Json): string {
  if (typeof value === "string") return value;
  return isUndefined(value) ? "" : JSON.stringify(value);
}

function isUndefined(value: Json): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    "$type" in value &&
    value.$type === "Undefined"
  );
}
