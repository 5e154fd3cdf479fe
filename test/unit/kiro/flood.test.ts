import assert from "node:assert/strict";
import { silentLogger } from "../../../src/base/logger.ts";
import { oneShotStarter } from "../../../src/kiro/oneShotAgent.ts";
import { pipeStarter } from "../../../src/kiro/pipe/startPipe.ts";
import type { StartAgent } from "../../../src/kiro/startAgent.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { generousLimits, HeardTurn, simulator } from "./acp/simulatedAcp.ts";
import { SimulatorLog } from "./acp/simulatorLog.ts";
import { quickStart } from "./quickStart.ts";

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
  const starters: Readonly<Record<string, StartAgent>> = { oneshot: oneShotStarter(options), pipe: pipeStarter(options) };
  after(() => log.assertAllGone());

  for (const [transport, start] of Object.entries(starters)) {
    it(`goes through the ${transport} agent whole, and does not stay in memory`, async () => {
      const { agent } = await start({ workspacePath: process.cwd() }, new AbortController().signal);
      for (const scenario of ["flood", "flood-line"]) {
        const before = process.memoryUsage.rss();
        const turn = new CountingTurn();
        await agent.prompt(`Hi ${fake(scenario, { bytes: FLOOD_BYTES })}`, turn, new AbortController().signal);
        // The last newline is no part of an answer.
        assert.ok(turn.length >= FLOOD_BYTES - 1, `${turn.length} characters`);
        assert.ok(turn.maxRssBytes - before < MAX_GROWTH_BYTES, `grew by ${turn.maxRssBytes - before} bytes`);
      }
      await agent.dispose();
    });

    it(`on the error output does not hold up the answer of the ${transport} agent`, async () => {
      const { agent } = await start({ workspacePath: process.cwd() }, new AbortController().signal);
      const before = process.memoryUsage.rss();
      const turn = new CountingTurn();
      await agent.prompt(`Hi ${fake("stderr-flood", { bytes: FLOOD_BYTES, words: 500 })}`, turn, new AbortController().signal);
      assert.ok(turn.length > 3000);
      assert.ok(turn.maxRssBytes - before < MAX_GROWTH_BYTES, `grew by ${turn.maxRssBytes - before} bytes`);
      await agent.dispose();
    });
  }
});
