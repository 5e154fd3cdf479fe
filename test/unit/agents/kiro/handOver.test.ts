import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { fakeContext } from "../../../support/fakePorts.ts";
import type { CliTransport } from "../../../../src/agents/agent.ts";
import { startersFor } from "../../../../src/agents/kiro/createKiroCli.ts";
import { generousLimits, HeardTurn, simulator } from "./acp/simulatedAcp.ts";
import { SimulatorLog } from "./acp/simulatorLog.ts";
import { KiroCliRig } from "./kiroCliRig.ts";

/** A turn that remembers how many prompts the CLI had when it was said to begin. */
class WatchedTurn extends HeardTurn {
  promptsBefore: number | undefined;
  readonly #log: SimulatorLog;

  constructor(log: SimulatorLog) {
    super();
    this.#log = log;
  }

  override began(): void {
    super.began();
    this.promptsBefore = this.#log.records("turn").length;
  }
}

describe("The start of work", () => {
  let log: SimulatorLog;
  beforeEach(() => {
    log = new SimulatorLog();
  });
  afterEach(() => log.assertAllGone());

  const never = new AbortController().signal;
  const start = async (transport: CliTransport, signal = never) => {
    const program = simulator({ ...log.env });
    const settings = { flags: {}, turnLimits: generousLimits, clientVersion: "0", settleMs: 0, logger: silentLogger };
    return (await startersFor({ program }, settings)[transport]({ workspacePath: process.cwd() }, signal)).agent;
  };

  for (const transport of ["acp", "oneshot", "pipe"] as const) {
    it(`is reported before the CLI has the prompt, over ${transport}`, async () => {
      const agent = await start(transport);
      const turn = new WatchedTurn(log);
      await agent.prompt("Hello", turn, never);
      assert.equal(turn.promptsBefore, 0);
      assert.equal(log.records("turn").length, 1);
      await agent.dispose();
    });

    it(`is not reported when a prompt is never sent, over ${transport}`, async () => {
      const agent = await start(transport);
      const turn = new WatchedTurn(log);
      await agent.prompt("Hello", turn, AbortSignal.abort());
      await agent.dispose();
      await agent.prompt("Hello", turn, never).catch(() => undefined);
      assert.equal(turn.hasBegun, false);
      assert.equal(log.records("turn").length, 0);
    });
  }

  it("is reported for a command that is not a prompt, before it is done", async () => {
    const rig = new KiroCliRig();
    let sessions: number | undefined;
    const context = fakeContext({ began: () => (sessions = rig.kiro.sessions().length) });
    await rig.kiro.run(rig.kiro.accepts({ command: "kiro.cli.newSession" }), context);
    assert.deepEqual([sessions, rig.kiro.sessions().length], [0, 1]);
    await rig.dispose();
  });
});
