import * as z from "zod";
import { MAX_TIMEOUT_MS } from "../../protocol/executions.ts";
import type { AgentChoice } from "../../core/models/agentChoice.ts";
import type { CommandRuns } from "../runs/commandRuns.ts";
import { workspaceSchema } from "./places.ts";
import { commandTool } from "./commandTool.ts";
import type { ToolDefinition } from "./toolDefinition.ts";

const MAX_PROMPT = 400_000;

/** Creates the tool that prompts an agent. */
export function agentTool(commandRuns: CommandRuns, agents: Pick<AgentChoice, "chooseNow">): ToolDefinition {
  return commandTool(commandRuns, {
    name: "ask_agent",
    title: "Ask an agent",
    description:
      "Sends a prompt to Kiro, or to a model that the user has configured, which work in the user's workspace with tools of their own, and waits for the answer. Calls with the same agent and session share one conversation.",
    hints: { isReadOnly: false, isDestructive: true, isIdempotent: false, isOpenWorld: true },
    input: z.strictObject({
      prompt: z.string().min(1).max(MAX_PROMPT),
      agent: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("kiro, or the ID of a model of the settings. Default: the one that the user has chosen."),
      session: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("A name for the conversation, or fresh for a new one. Default: the shared conversation."),
      workspace: workspaceSchema,
      timeoutMs: z.int().min(1).max(MAX_TIMEOUT_MS).optional().describe("Maximum duration in milliseconds."),
    }),
    request: ({ prompt, agent, session, workspace, timeoutMs }) => ({
      request: {
        command: agents.chooseNow(agent).command,
        args: [prompt],
        ...(session !== undefined && { session }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      },
      workspace,
    }),
  });
}
