import assert from "node:assert/strict";
import { silentLogger } from "../../../src/base/logger.ts";
import { oneShotStarter } from "../../../src/kiro/oneShotAgent.ts";
import { pipeStarter } from "../../../src/kiro/pipe/startPipe.ts";
import type { StartAgent } from "../../../src/kiro/startAgent.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { generousLimits, HeardTurn, simulator } from "./acp/simulatedAcp.ts";
import { SimulatorLog } from "./acp/simulatorLog.ts";
import { quickStart } from "./quickStart.ts";

const forGood = new AbortController().signal;
const FLOOD_BYTES = 100_000_000;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;

/** Counts the answer instead of keeping it, and looks at the memory while it comes. */
class CountingTurn extends HeardTurn {
  length = 0;
  maxRssBytes = process.memoryUsage.rss();

  override output(text: string): void {
    this.length += text.length;
    this.maxRssBytes = Math.max(this.maxRssBytes, process.memoryUsage.rss());
  }
}

describe("a flood", () => {
  const log = new SimulatorLog();
  const program = simulator({ ...quickStart, ...log.env });
  const options = { program, flags: [], turnLimits: generousLimits, readiness: { quietMs: 100 }, logger: silentLogger };
  const starters: Readonly<Record<string, StartAgent>> = {
    oneshot: oneShotStarter(options),
    pipe: pipeStarter(options),
  };
  after(() => log.assertAllGone());

  async function flood(transport: string, scenario: string): Promise<number> {
    const { agent } = await (starters[transport] ?? assert.fail())({ workspacePath: process.cwd() }, forGood);
    const before = process.memoryUsage.rss();
    const turn = new CountingTurn();
    await agent.prompt(`Hi ${fake(scenario, { bytes: FLOOD_BYTES, words: 500 })}`, turn, forGood);
    await agent.dispose();
    assert.ok(turn.maxRssBytes - before < MAX_GROWTH_BYTES, `grew by ${turn.maxRssBytes - before} bytes`);
    return turn.length;
  }

  for (const [transport, scenario] of [
    ["oneshot", "flood"],
    ["pipe", "flood-line"],
  ] as const) {
    it(`goes through the ${transport} agent whole, and does not stay in memory: ${scenario}`, async () => {
      // The last newline is no part of an answer.
      assert.ok((await flood(transport, scenario)) >= FLOOD_BYTES - 1);
    });
  }

  it("on the error output does not hold up the answer", async () => {
    assert.ok((await flood("pipe", "stderr-flood")) > 3000);
  });
});
