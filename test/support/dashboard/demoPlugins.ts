import type { PluginParts } from "../../../src/dashboard/channel/pluginActions.ts";
import type { DeadLetterView, PluginsView } from "../../../src/dashboard/contract/plugins.ts";

/** Plugins at work: one of each state, a circuit that is open, a decision, and messages that nobody took. */
export class DemoPlugins implements PluginParts {
  readonly done: string[] = [];
  readonly #now: number;
  letters: readonly DeadLetterView[];

  constructor(now: number) {
    this.#now = now;
    const of = { consumer: "fastapi-backend", deliveries: 5, error: "The database does not answer." };
    const at = this.#ago(130_000);
    this.letters = [
      { id: "l-2", at, topic: "orders/created", source: "shop", ...of },
      { id: "l-1", at, topic: "orders/cancelled", source: "shop", ...of, deliveries: 1 },
    ];
  }

  view = (): PluginsView => ({
    bus: {
      transport: "embedded",
      participants: 5,
      published: 18_204,
      delivered: 54_112,
      lost: 12,
      expired: 3,
      requests: 812,
      failedRequests: 7,
    },
    plugins: plugins((ms) => this.#ago(ms)),
    topics: [
      { topic: "plugin/fastapi-backend/events", perSecond: 41.7, published: 12_004, delivered: 36_012 },
      { topic: "orchestration/task-complete", perSecond: 0.4, published: 210, delivered: 630 },
    ],
    decisions: [
      {
        id: "req_1",
        at: this.#ago(12_000),
        text: "Create a REST endpoint for users with FastAPI",
        plugin: "fastapi-backend",
        score: 86.5,
        reasons: ["the word “endpoint” is one of its keywords (+20)", "**/*.py matches src/api/users.py (+15)"],
        fallbacks: ["shop", "lobbi-platform-manager"],
      },
    ],
    deadLetters: { count: this.letters.length, letters: this.letters },
  });

  resendDeadLetter = async (id: string): Promise<void> => this.#take("send again", id);
  removeDeadLetter = async (id: string): Promise<void> => this.#take("remove", id);

  #take(what: string, id: string): void {
    this.done.push(`${what} ${id}`);
    this.letters = this.letters.filter((letter) => letter.id !== id);
  }

  #ago(ms: number): string {
    return new Date(this.#now - ms).toISOString();
  }
}

function plugins(ago: (ms: number) => string): PluginsView["plugins"] {
  const own = { origin: "workspace", windowId: "w" } as const;
  return [
    {
      ...own,
      name: "fastapi-backend",
      version: "1.4.0",
      state: "running",
      health: { status: "healthy", latencyMs: 12, errorRate: 0.004 },
      calls: { total: 804, failed: 3 },
      circuit: { state: "closed", failures: 0, since: ago(600_000) },
      shared: { registers: 2, counters: 3, sets: 1, exports: ["endpoints@1"], bytes: 2048 },
    },
    {
      ...own,
      name: "lobbi-platform-manager",
      version: "2.0.1",
      state: "restarting",
      detail: "It ended with exit code 1, and starts again in 8 s.",
      health: { status: "degraded", latencyMs: 840, errorRate: 0.31 },
      circuit: { state: "open", failures: 5, since: ago(40_000) },
    },
    { ...own, name: "new-one", version: "0.1.0", state: "unapproved" },
    { ...own, name: "shop", origin: "connected", state: "running", calls: { total: 1, failed: 0 } },
    { ...own, name: "unlucky", version: "1.0.0", state: "failed", detail: "It crashed 5 times within 10 minutes." },
  ];
}
