import * as z from "zod";
import { MAX_TIMEOUT_MS } from "../../protocol/executions.ts";
import type { CommandRuns } from "../runs/commandRuns.ts";
import { workspaceSchema } from "./places.ts";
import { commandTool } from "./commandTool.ts";
import type { ToolDefinition } from "./toolDefinition.ts";

const COMMAND = "kiro.cli.chat";
const MAX_PROMPT = 400_000;

/** Creates the tool that prompts Kiro. */
export function agentTool(commandRuns: CommandRuns): ToolDefinition {
  return commandTool(commandRuns, {
    name: "ask_agent",
    title: "Ask Kiro",
    description:
      "Sends a prompt to Kiro, an agent that works in the user's workspace with tools of its own, and waits for its answer. Calls with the same session share one conversation.",
    hints: { isReadOnly: false, isDestructive: true, isIdempotent: false, isOpenWorld: true },
    input: z.strictObject({
      prompt: z.string().min(1).max(MAX_PROMPT),
      session: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("A name for the conversation, or fresh for a new one. Default: the shared conversation."),
      workspace: workspaceSchema,
      timeoutMs: z.int().min(1).max(MAX_TIMEOUT_MS).optional().describe("Maximum duration in milliseconds."),
    }),
    request: ({ prompt, session, workspace, timeoutMs }) => ({
      request: {
        command: COMMAND,
        args: [prompt],
        ...(session !== undefined && { session }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      },
      workspace,
    }),
  });
}
