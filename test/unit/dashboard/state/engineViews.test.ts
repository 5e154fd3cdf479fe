import assert from "node:assert/strict";
import type { WindowEngines } from "../../../../src/dashboard/contract/models.ts";
import { type EngineView, engineViews } from "../../../../src/dashboard/state/engineViews.ts";
import { DemoModels } from "../../../support/dashboard/demoModels.ts";

describe("engineViews", () => {
  let engines: readonly EngineView[];
  before(async () => {
    const demo = new DemoModels("w-1", 0);
    engines = engineViews({ windows: demo.windows(), usage: await demo.usage() }, [{ id: "ci-1", name: "CI" }]);
  });

  it("lists the engines in the order of the settings, then those that were used and then removed", () => {
    assert.deepEqual(
      engines.map(({ id, state, today }) => [id, state, today.steps]),
      [
        ["gpt", "ready", 12],
        ["claude", "unavailable", 0],
        ["local", "unknown", 0],
        ["copilot", "off", 0],
        ["former", "removed", 1],
      ],
    );
  });

  it("has the use of today, and the limits with the part that is used, also of each client but the user", () => {
    const [gpt, claude] = engines;
    const used = { inputTokens: 150_000, cachedInputTokens: 90_000, outputTokens: 10_000 };
    assert.deepEqual(gpt?.today, { steps: 12, ...used, cost: 0.5175, currency: "USD" });
    assert.deepEqual(gpt.limits, [
      { used: 160_000, limit: 200_000 },
      { currency: "USD", used: 0.5175, limit: 2 },
      { client: "CI", used: 36_000, limit: 36_000 },
    ]);
    assert.deepEqual([claude?.limits, claude?.clients], [[{ used: 0, limit: 50_000 }], []]);
  });

  it("breaks the use down by client and by session, with their names", () => {
    const [gpt] = engines;
    assert.deepEqual(
      gpt?.clients.map(({ id, name, steps }) => [id, name, steps]),
      [
        ["owner", "Owner", 9],
        ["ci-1", "CI", 3],
      ],
    );
    assert.deepEqual(
      gpt?.usedSessions.map(({ id, windowId, name, cost }) => [id, windowId, name, cost]),
      [
        ["sess-gpt-1", "w-1", "review", 0.42],
        ["sess-gpt-1", "closed-window", undefined, 0.0975],
      ],
    );
  });

  it("shows what another window knows of an engine that the first one has not used", () => {
    const engine = { id: "gpt", name: "GPT", wire: "openai-chat", sessions: 1 } as const;
    const shown = (...states: WindowEngines["engines"][number]["state"][]) => {
      const windows = states.map((state, index) => ({
        windowId: `w-${index}`,
        engines: [{ ...engine, state }],
        sessions: [],
      }));
      return engineViews({ windows }, []).map(({ state, sessions }) => [state, sessions]);
    };
    assert.deepEqual(shown("unknown", "off", "unavailable"), [["unavailable", 3]]);
    assert.deepEqual(shown("unknown", "off"), [["unknown", 2]]);
    assert.deepEqual(shown("off", "ready"), [["off", 2]]);
    assert.deepEqual(shown("ready", "unavailable"), [["ready", 2]]);
  });
});
