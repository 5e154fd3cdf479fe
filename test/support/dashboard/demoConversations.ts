import type { ConversationView } from "../../../src/dashboard/contract/conversations.ts";

/** Conversations in each state. @param now epoch milliseconds */
export function demoConversations(now: number, windowId: string): readonly ConversationView[] {
  const ago = (ms: number): string => new Date(now - ms).toISOString();
  return [
    {
      id: "c-1",
      windowId,
      via: "anthropic",
      principal: "Claude Code",
      program: "claude-cli/2.1.332 (external, cli)",
      model: "kiro",
      state: "parked",
      turns: 12,
      executionId: "exec-1-1-demo",
      parkedCalls: ["Bash", "Read"],
      tokens: 48_210,
      lastUsedAt: ago(4_000),
    },
    {
      id: "c-2",
      windowId,
      via: "openai",
      principal: "CI",
      model: "kiro/claude-sonnet",
      state: "working",
      turns: 1,
      executionId: "exec-1-2-demo",
      parkedCalls: [],
      tokens: 1_204,
      lastUsedAt: ago(9_000),
    },
    {
      id: "c-3",
      windowId,
      via: "openai",
      principal: "codex",
      program: "codex_exec/0.171.0",
      model: "kiro",
      state: "idle",
      turns: 3,
      parkedCalls: [],
      tokens: 90_000,
      lastUsedAt: ago(120_000),
    },
  ];
}
