import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { oneShotStarter } from "../../../../src/agents/kiro/oneShot/oneShotAgent.ts";
import { pipeStarter } from "../../../../src/agents/kiro/pipe/startPipe.ts";
import type { StartAgent } from "../../../../src/agents/startAgent.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { heldBytes } from "../../../support/measures/heldBytes.ts";
import { generousLimits, HeardTurn, simulator } from "../../../unit/agents/kiro/acp/simulatedAcp.ts";
import { SimulatorLog } from "../../../unit/agents/kiro/acp/simulatorLog.ts";

const forGood = new AbortController().signal;
const FLOOD_BYTES = 48_000_000;
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;
const LOOK_EACH_BYTES = 8_000_000;

/** Counts the answer instead of keeping it, and looks now and then what the process holds while it comes. */
class CountingTurn extends HeardTurn {
  length = 0;
  mostHeldBytes = 0;
  #looks = 0;

  override output(text: string): void {
    this.length += text.length;
    if (this.length < this.#looks * LOOK_EACH_BYTES) return;
    this.#looks++;
    this.mostHeldBytes = Math.max(this.mostHeldBytes, heldBytes());
  }
}

describe("a flood", () => {
  const log = new SimulatorLog();
  const program = simulator({ ...log.env });
  const options = { program, flags: [], turnLimits: generousLimits, readiness: { quietMs: 100 }, logger: silentLogger };
  const starters: Readonly<Record<string, StartAgent>> = {
    oneshot: oneShotStarter(options),
    pipe: pipeStarter(options),
  };
  after(() => log.assertAllGone());

  async function flood(transport: string, scenario: string): Promise<number> {
    const { agent } = await (starters[transport] ?? assert.fail())({ workspacePath: process.cwd() }, forGood);
    const before = heldBytes();
    const turn = new CountingTurn();
    await agent.prompt(`Hi ${fake(scenario, { bytes: FLOOD_BYTES, words: 500 })}`, turn, forGood);
    await agent.dispose();
    const grown = turn.mostHeldBytes - before;
    assert.ok(grown < MAX_GROWTH_BYTES, `grew by ${grown} bytes`);
    return turn.length;
  }

  for (const [transport, scenario] of [
    ["oneshot", "flood"],
    ["pipe", "flood-line"],
  ] as const) {
    it(`passes the ${transport} agent completely, and does not stay in memory: ${scenario}`, async () => {
      // The last newline is no part of an answer.
      assert.ok((await flood(transport, scenario)) >= FLOOD_BYTES - 1);
    });
  }

  it("on the error output does not block the answer", async () => {
    assert.ok((await flood("pipe", "stderr-flood")) > 3000);
  });
});
