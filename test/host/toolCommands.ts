import assert from "node:assert/strict";
import * as z from "zod";
import type { EditorCommandId } from "../../src/protocol/editor/editorCommands.ts";
import { type EditorCommandResult, editorResults } from "../../src/protocol/editor/editorResults.ts";
import { type Discovery, execute } from "./support.ts";

const answerSchema = z.looseObject({
  success: z.boolean(),
  error: z.string().optional(),
  code: z.string().optional(),
  result: z.unknown().optional(),
});

/** Runs a command for programs over HTTP, and returns the response. */
export async function askTool(
  bridge: Discovery,
  command: EditorCommandId,
  argument?: object,
): Promise<{ status: number; answer: z.infer<typeof answerSchema> }> {
  const { status, body } = await execute(bridge, { command, ...(argument && { params: [argument] }) });
  return { status, answer: answerSchema.parse(body) };
}

/** Runs a command for programs that completes, and checks the form of its result. */
export async function runTool<Id extends EditorCommandId>(
  bridge: Discovery,
  command: Id,
  argument?: object,
): Promise<EditorCommandResult<Id>> {
  const { status, answer } = await askTool(bridge, command, argument);
  assert.equal(status, 200, JSON.stringify(answer));
  assert.equal(answer.success, true, answer.error);
  return editorResults[command].parse(answer.result) as EditorCommandResult<Id>;
}
