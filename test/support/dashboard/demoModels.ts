import type { ModelParts } from "../../../src/dashboard/channel/modelActions.ts";
import type { WindowEngines } from "../../../src/dashboard/contract/models.ts";
import type { EngineUsage } from "../../../src/protocol/agents/engineUsage.ts";

/** Engines in each state, of which one is near its limits. */
export class DemoModels implements ModelParts {
  readonly #windowId: string;
  readonly #resetsAt: string;
  engines: WindowEngines["engines"] = [
    { id: "gpt", name: "GPT", wire: "openai-responses", state: "ready", sessions: 2 },
    {
      id: "claude",
      name: "Claude",
      wire: "anthropic",
      state: "unavailable",
      cause: "engine-unauthorized",
      detail: "The vendor rejects the key of 'claude'.",
      sessions: 0,
    },
    { id: "local", name: "Ollama", wire: "openai-chat", state: "unknown", sessions: 0 },
    {
      id: "copilot",
      name: "Copilot",
      wire: "vscode-lm",
      state: "off",
      detail: "The workspace is not trusted.",
      sessions: 0,
    },
  ];

  /** @param resetsAt epoch milliseconds */
  constructor(windowId: string, resetsAt: number) {
    this.#windowId = windowId;
    this.#resetsAt = new Date(resetsAt).toISOString();
  }

  windows = (): readonly WindowEngines[] => [
    { windowId: this.#windowId, engines: this.engines, sessions: [{ id: "sess-gpt-1", name: "review" }] },
  ];

  usage = (): Promise<EngineUsage> => {
    const gpt = { engine: "gpt", currency: "USD" };
    const nothing = { steps: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
    const mine = { ...gpt, steps: 9, inputTokens: 120_000, cachedInputTokens: 90_000, outputTokens: 4_000, cost: 0.42 };
    const ci = { ...gpt, steps: 3, inputTokens: 30_000, cachedInputTokens: 0, outputTokens: 6_000, cost: 0.0975 };
    return Promise.resolve({
      day: this.#resetsAt.slice(0, 10),
      resetsAt: this.#resetsAt,
      engines: [
        {
          ...gpt,
          steps: 12,
          inputTokens: 150_000,
          cachedInputTokens: 90_000,
          outputTokens: 10_000,
          cost: 0.5175,
          maxDailyTokens: 200_000,
          maxDailyCost: 2,
          maxDailyTokensPerClient: 36_000,
        },
        { engine: "claude", ...nothing, maxDailyTokens: 50_000 },
        { engine: "local", ...nothing },
        { engine: "copilot", ...nothing },
        { engine: "former", ...nothing, steps: 1, inputTokens: 500, outputTokens: 20 },
      ],
      principals: [
        { ...mine, principalId: "owner" },
        { ...ci, principalId: "ci-1" },
        { engine: "former", ...nothing, steps: 1, inputTokens: 500, outputTokens: 20, principalId: "owner" },
      ],
      sessions: [
        { ...mine, sessionId: "sess-gpt-1", windowId: this.#windowId },
        { ...ci, sessionId: "sess-gpt-1", windowId: "closed-window" },
      ],
    });
  };
}
