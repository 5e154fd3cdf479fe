import assert from "node:assert/strict";
import { AgentChoice, agentOfTarget } from "../../../../src/core/models/agentChoice.ts";
import { noEngines } from "../../../../src/core/models/engineDirectory.ts";
import type { CliStatus } from "../../../../src/protocol/status.ts";
import { TestClock } from "../../../support/testClock.ts";

const local = {
  id: "local",
  name: "Local",
  wire: "openai-chat",
  defaultModel: undefined,
  hasEmbeddings: false,
  defaultEmbeddingModel: undefined,
} as const;

function setUp(state: CliStatus["state"], settings: { default?: string; fallback?: string } = {}) {
  const kiro = { state, looks: 0, found: state };
  const choice = new AgentChoice({
    engines: { ...noEngines, list: () => [local] },
    settings: () => ({ "agents.default": settings.default ?? "kiro", "agents.fallback": settings.fallback ?? "" }),
    cliStatus: () => ({ state: kiro.state, sessions: 0 }),
    look: async () => {
      kiro.looks++;
      kiro.state = kiro.found;
    },
  });
  return { choice, kiro };
}

describe("The choice of an agent", () => {
  let clock: TestClock;
  beforeEach(() => {
    clock = new TestClock();
  });
  afterEach(() => clock.release());

  it("is the wanted one, or the default of the settings", async () => {
    const { choice } = setUp("ready", { default: "local" });
    assert.deepEqual(await choice.choose(undefined), { agent: "local", command: "kiro.engines.local.chat" });
    assert.deepEqual(await choice.choose("kiro"), { agent: "kiro", command: "kiro.cli.chat" });
    assert.deepEqual(await choice.choose("local"), { agent: "local", command: "kiro.engines.local.chat" });
    assert.deepEqual(await setUp("ready").choice.choose(undefined), { agent: "kiro", command: "kiro.cli.chat" });
  });

  it("can be made by what is known already", () => {
    const { choice, kiro } = setUp("unavailable", { fallback: "local" });
    assert.equal(choice.chooseNow(undefined).command, "kiro.engines.local.chat");
    kiro.state = "unknown";
    assert.equal(choice.chooseNow("kiro").command, "kiro.cli.chat");
    assert.equal(choice.chooseNow("local").command, "kiro.engines.local.chat");
    assert.equal(kiro.looks, 0);
  });

  it("is none that does not exist, and says whose mistake that is", async () => {
    const { choice } = setUp("ready", { default: "other" });
    await assert.rejects(choice.choose("other"), { code: "VALIDATION_FAILED", message: /kiro \| local/ });
    await assert.rejects(choice.choose(undefined), {
      code: "CONFIGURATION_ERROR",
      message: /agents\.default is 'other'/,
    });
  });

  it("is the fallback in place of Kiro if Kiro is unavailable, and only if the user has set one that exists", async () => {
    const { choice } = setUp("unavailable", { fallback: "local" });
    assert.deepEqual([(await choice.choose(undefined)).agent, (await choice.choose("kiro")).agent], ["local", "local"]);
    for (const fallback of ["", "other"]) {
      const without = setUp("unavailable", { fallback });
      assert.deepEqual([(await without.choice.choose("kiro")).agent, without.kiro.looks], ["kiro", 0]);
    }
    for (const state of ["ready", "off"] as const) {
      const available = setUp(state, { fallback: "local" });
      assert.deepEqual([(await available.choice.choose("kiro")).agent, available.kiro.looks], ["kiro", 0]);
    }
  });

  it("looks for a CLI of which nothing is known yet, once for all who ask", async () => {
    const { choice, kiro } = setUp("unknown", { fallback: "local" });
    kiro.found = "unavailable";
    const chosen = await Promise.all([choice.choose("kiro"), choice.choose("kiro")]);
    assert.deepEqual([chosen.map(({ agent }) => agent), kiro.looks], [["local", "local"], 1]);
  });

  it("looks for a CLI that was missing again, every 30 s at most", async () => {
    const { choice, kiro } = setUp("unavailable", { fallback: "local" });
    await choice.choose("kiro");
    await choice.choose("kiro");
    assert.equal(kiro.looks, 1);
    kiro.found = "ready";
    clock.pass(30_000);
    assert.deepEqual([(await choice.choose("kiro")).agent, kiro.looks], ["kiro", 2]);
  });

  it("is told of the target of an execution", () => {
    assert.deepEqual([agentOfTarget("cli"), agentOfTarget("local")], ["kiro", "local"]);
  });
});
