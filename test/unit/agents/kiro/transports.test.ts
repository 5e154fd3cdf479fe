import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { CliTransport } from "../../../../src/agents/agent.ts";
import { cliFlags } from "../../../../src/agents/kiro/cli/cliFlags.ts";
import { AcpUnusable, type StartAgent } from "../../../../src/agents/startAgent.ts";
import { Transports } from "../../../../src/agents/kiro/transports.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { FakeAgent } from "../fakeAgents.ts";

const request = { workspacePath: "/" };
const never = new AbortController().signal;

function setUp(setting: CliTransport | "auto") {
  const clock = { now: 0 };
  const started: CliTransport[] = [];
  const failures: Partial<Record<CliTransport, Error>> = {};
  const starter =
    (transport: CliTransport): StartAgent =>
    async () => {
      started.push(transport);
      const failure = failures[transport];
      if (failure !== undefined) throw failure;
      return { agent: new FakeAgent(request), isResumed: false };
    };
  const starters = { acp: starter("acp"), oneshot: starter("oneshot"), pipe: starter("pipe") };
  const transports = new Transports(setting, starters, silentLogger, () => clock.now);
  return { started, failures, clock, transports };
}

describe("The choice of a transport", () => {
  for (const setting of ["acp", "oneshot", "pipe"] as const) {
    it(`is the user's: ${setting}`, async () => {
      const { started, transports } = setUp(setting);
      await transports.start(request, never);
      assert.deepEqual(started, [setting]);
      assert.deepEqual(transports.inUse, { transport: setting, why: `kiroBridge.cli.transport is '${setting}'` });
    });
  }

  it("is ACP when the CLI supports it", async () => {
    const { started, transports } = setUp("auto");
    assert.equal(transports.inUse.transport, undefined);
    await transports.start(request, never);
    await transports.start(request, never);
    assert.deepEqual(started, ["acp", "acp"]);
    assert.deepEqual(transports.inUse, { transport: "acp", why: "Kiro CLI supports ACP" });
  });

  it("is permanently one-shot when it does not, with a reason", async () => {
    const { started, failures, clock, transports } = setUp("auto");
    failures.acp = new AcpUnusable("it does not know the command");
    const { isOutdated } = await transports.start(request, never);
    clock.now = Number.MAX_SAFE_INTEGER;
    assert.equal(isOutdated?.(), false);
    await transports.start(request, never);
    assert.deepEqual(started, ["acp", "oneshot", "oneshot"]);
    assert.equal(transports.inUse.transport, "oneshot");
    assert.match(transports.inUse.why, /ACP is not available: it does not know the command/u);
  });

  it("is one-shot temporarily when ACP was only slow, and retries ACP with exponential backoff", async () => {
    const { started, failures, clock, transports } = setUp("auto");
    const slow = new AcpUnusable("no answer to initialize within 20000 ms", { mayPass: true });
    failures.acp = slow;
    for (const minutes of [1, 2, 4, 8, 16, 30, 30]) {
      started.length = 0;
      const { agent, isOutdated } = await transports.start(request, never);
      assert.equal(agent.isUsable, true);
      assert.deepEqual(started, ["acp", "oneshot"]);
      assert.equal(transports.inUse.transport, "oneshot");
      assert.match(transports.inUse.why, /no answer to initialize within 20000 ms/u);
      assert.match(transports.inUse.why, new RegExp(`tried again after ${minutes} min`, "u"));
      clock.now += minutes * 60_000 - 1;
      assert.equal(isOutdated?.(), false);
      await transports.start(request, never);
      assert.deepEqual(started, ["acp", "oneshot", "oneshot"]);
      clock.now++;
      assert.equal(isOutdated?.(), true);
    }
    delete failures.acp;
    const stopgap = (await transports.start(request, never)).isOutdated;
    assert.equal(stopgap, undefined);
    assert.deepEqual(transports.inUse, { transport: "acp", why: "Kiro CLI supports ACP" });
  });

  it("ends a conversation over one-shot when ACP works again", async () => {
    const { failures, clock, transports } = setUp("auto");
    failures.acp = new AcpUnusable("late", { mayPass: true });
    const { isOutdated } = await transports.start(request, never);
    clock.now = 60_000;
    delete failures.acp;
    await transports.start(request, never);
    clock.now = 0;
    assert.equal(isOutdated?.(), true);
  });

  it("does not fall back for failures that another transport would not fix", async () => {
    const { started, failures, transports } = setUp("auto");
    failures.acp = new BridgeError("KIRO_UNAVAILABLE", "not logged in", { reason: "not_logged_in" });
    await assert.rejects(transports.start(request, never), { message: "not logged in" });
    assert.deepEqual(started, ["acp"]);
    assert.equal(transports.inUse.transport, undefined);
  });

  it("stays ACP once it has worked, and a forced ACP never falls back", async () => {
    const auto = setUp("auto");
    await auto.transports.start(request, never);
    auto.failures.acp = new AcpUnusable("late");
    await assert.rejects(auto.transports.start(request, never), AcpUnusable);
    const forced = setUp("acp");
    forced.failures.acp = new AcpUnusable("too old");
    await assert.rejects(forced.transports.start(request, never), AcpUnusable);
    assert.deepEqual([...auto.started, ...forced.started], ["acp", "acp", "acp"]);
  });
});

describe("The flags of the CLI", () => {
  it("trust no tools unless the user configures it", () => {
    assert.deepEqual(cliFlags({}), []);
    assert.deepEqual(cliFlags({ trustTools: [] }), ["--trust-tools="]);
    assert.deepEqual(cliFlags({ trustTools: ["read", "grep"], agent: "mine" }), [
      "--trust-tools=read,grep",
      "--agent",
      "mine",
    ]);
    assert.deepEqual(cliFlags({ trustsAllTools: true, trustTools: ["read"] }), ["--trust-all-tools"]);
  });
});
