import { silentLogger } from "../../../../src/base/logger.ts";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import { createKiroCli, type KiroCliSettings, startersFor } from "../../../../src/agents/kiro/createKiroCli.ts";
import type { CliProgram } from "../../../../src/agents/agent.ts";
import { KiroCli } from "../../../../src/agents/kiro/kiroCli.ts";
import type { ExecuteRequest } from "../../../../src/protocol/executions.ts";
import { type Core, makeCore } from "../../../support/core.ts";
import { FakeWindow } from "../../../support/fakePorts.ts";
import { generousLimits, simulator } from "./acp/simulatedAcp.ts";
import { SimulatorLog } from "./acp/simulatorLog.ts";

/** Where to look for the CLI: `setting` is `kiroBridge.cli.path`. */
export function searchFor(setting: string, simulator?: CliProgram): KiroCliSettings["search"] {
  const surroundings = { env: process.env, home: process.cwd(), platform: process.platform };
  return { setting, surroundings, ...(simulator !== undefined && { simulator }) };
}

/** The real core over the real sessions, transports and the simulator: all of the bridge but its server. */
export class KiroCliRig {
  readonly log = new SimulatorLog();
  readonly kiro: KiroCli;
  readonly core: Core;
  readonly events: Core["events"];
  readonly executions: Core["executions"];
  readonly inputs: Core["inputs"];
  readonly dispatcher: Core["dispatcher"];

  /**
   * @param other a program in the simulator's place
   *
   * With `more.search` the CLI is really looked for, which costs two short processes; else it is the simulator.
   */
  constructor(env: Readonly<Record<string, string>> = {}, more: Partial<KiroCliSettings> = {}, other?: CliProgram) {
    const workspacePath = process.cwd();
    const program = other ?? simulator({ ...this.log.env, ...env });
    const settings: KiroCliSettings = {
      search: searchFor("simulator", program),
      flags: {},
      transport: "auto",
      turnLimits: generousLimits,
      clientVersion: "0.0.0",
      settleMs: 0,
      defaultWorkspacePath: () => workspacePath,
      isTrusted: () => true,
      maxSessions: 4,
      idleSessionMs: 60_000,
      restarts: { firstDelayMs: 1, maxDelayMs: 1, maxCrashes: 5, coolDownMs: 60_000 },
      report: (event) => this.core.outputs.append(event),
      logger: silentLogger,
      ...more,
    };
    const found = { find: () => Promise.resolve({ program }), starters: () => startersFor({ program }, settings) };
    this.kiro = more.search === undefined ? new KiroCli({ ...settings, ...found }) : createKiroCli(settings);
    const window = new FakeWindow();
    window.folders = [workspacePath];
    this.core = makeCore({
      agent: this.kiro,
      window,
      policy: new Policy(["*"], []),
      lanes: { concurrency: 3, maxQueued: 1000 },
    });
    ({
      events: this.events,
      executions: this.executions,
      inputs: this.inputs,
      dispatcher: this.dispatcher,
    } = this.core);
  }

  /** Sends a prompt and waits for its end. */
  async chat(prompt: string, more: Partial<ExecuteRequest> = {}): Promise<Execution> {
    const execution = await this.begin(prompt, more);
    await execution.settled;
    return execution;
  }

  begin(prompt: string, more: Partial<ExecuteRequest> = {}): Promise<Execution> {
    return this.dispatcher.submit({ command: "kiro.cli.chat", args: [prompt], ...more });
  }

  async command(id: string, ...args: string[]): Promise<Execution> {
    const execution = await this.dispatcher.submit({ command: `kiro.cli.${id}`, args });
    await execution.settled;
    return execution;
  }

  async dispose(): Promise<void> {
    this.dispatcher.dispose();
    await this.kiro.dispose();
    await this.core.workbench.dispose();
    await this.log.assertAllGone();
  }
}
