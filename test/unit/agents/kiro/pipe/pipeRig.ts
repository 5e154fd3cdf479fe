import assert from "node:assert/strict";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { Agent, TurnEnd } from "../../../../../src/agents/agent.ts";
import type { PipeOptions } from "../../../../../src/agents/kiro/pipe/pipeAgent.ts";
import { pipeStarter } from "../../../../../src/agents/kiro/pipe/startPipe.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { generousLimits, HeardTurn, simulator } from "../acp/simulatedAcp.ts";
import { SimulatorLog } from "../acp/simulatorLog.ts";

/** The words of an answer of the simulator. */
export const WORDS = 20;
export const forGood = new AbortController().signal;
const ended: TurnEnd = { kind: "ended", stopReason: "end_turn" };
/** Shorter than in the product, and longer than a busy machine keeps one of its processes waiting. */
export const quick = { quietMs: 400, settleMs: 400 };

/** Pipe agents on the simulator, with their log and a clock. Afterwards no process is left. */
export class PipeRig {
  readonly log = new SimulatorLog();
  readonly clock = new TestClock();
  readonly #agents: Agent[] = [];

  async start(env: Record<string, string> = {}, more: Partial<PipeOptions> = {}, signal = forGood): Promise<Agent> {
    const program = simulator({ ...this.log.env, ...env });
    const common = { program, flags: [], turnLimits: generousLimits, logger: silentLogger };
    const options = { ...common, reader: quick, readiness: { quietMs: 200 }, ...more };
    const { agent } = await pipeStarter(options)({ workspacePath: process.cwd() }, signal);
    this.#agents.push(agent);
    return agent;
  }

  async dispose(): Promise<void> {
    this.clock.release();
    await Promise.all(this.#agents.map((agent) => agent.dispose()));
    await this.log.assertAllGone();
  }
}

/** The answer to a prompt whose turn ends in good order. */
export async function answer(agent: Agent, prompt: string, turn = new HeardTurn()): Promise<string> {
  assert.deepEqual(await agent.prompt(prompt, turn, forGood), ended);
  return turn.stdout;
}

/** The error of a turn that fails, and its text so far. */
export async function failure(agent: Agent, prompt: string, turn = new HeardTurn(), signal = forGood) {
  const error = await agent.prompt(prompt, turn, signal).then(
    () => assert.fail("the turn did not fail"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof BridgeError);
  return { error, text: turn.stdout };
}
