import assert from "node:assert/strict";
import { silentLogger } from "../../../src/base/logger.ts";
import type { Transport } from "../../../src/kiro/agent.ts";
import { cliFlags } from "../../../src/kiro/cliFlags.ts";
import { AcpUnusable, type StartAgent } from "../../../src/kiro/startAgent.ts";
import { Transports } from "../../../src/kiro/transports.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { FakeAgent } from "./fakeAgents.ts";

const request = { workspacePath: "/" };
const never = new AbortController().signal;

function setUp(setting: Transport | "auto") {
  const started: Transport[] = [];
  const failures: Partial<Record<Transport, Error>> = {};
  const starter =
    (transport: Transport): StartAgent =>
    async () => {
      started.push(transport);
      const failure = failures[transport];
      if (failure !== undefined) throw failure;
      return { agent: new FakeAgent(request), isResumed: false };
    };
  const starters = { acp: starter("acp"), oneshot: starter("oneshot"), pipe: starter("pipe") };
  return { started, failures, transports: new Transports(setting, starters, silentLogger) };
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

  it("is ACP when the CLI speaks it", async () => {
    const { started, transports } = setUp("auto");
    assert.equal(transports.inUse.transport, undefined);
    await transports.start(request, never);
    await transports.start(request, never);
    assert.deepEqual(started, ["acp", "acp"]);
    assert.deepEqual(transports.inUse, { transport: "acp", why: "the CLI speaks ACP" });
  });

  it("is one-shot, for good, when it does not; and says why", async () => {
    const { started, failures, transports } = setUp("auto");
    failures.acp = new AcpUnusable("it does not know the command");
    await transports.start(request, never);
    await transports.start(request, never);
    assert.deepEqual(started, ["acp", "oneshot", "oneshot"]);
    assert.equal(transports.inUse.transport, "oneshot");
    assert.match(transports.inUse.why, /does not speak ACP: it does not know the command/u);
  });

  it("does not fall back for what another transport would not mend", async () => {
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
  it("trust nothing unless the user says so", () => {
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
