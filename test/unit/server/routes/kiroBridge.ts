import { silentLogger } from "../../../../src/base/logger.ts";
import type { CliProgram } from "../../../../src/agents/agent.ts";
import type { KiroCliSettings } from "../../../../src/agents/kiro/createKiroCli.ts";
import type { KiroCli } from "../../../../src/agents/kiro/kiroCli.ts";
import { KiroTerminals } from "../../../../src/agents/kiro/terminal.ts";
import { type KiroModule, kiroModule } from "../../../../src/bridge/kiroModule.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import type { EventWriter } from "../../../../src/core/executions/outputCoalescer.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import type { Answer, Call } from "../../../support/httpClient.ts";
import { sourceSchemaChecks } from "../../../support/schemaChecks.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { SimulatorLog } from "../../agents/kiro/acp/simulatorLog.ts";
import { rigCli } from "../../agents/kiro/kiroCliRig.ts";

export const TOKEN = TEST_TOKEN;

/** A bridge with the real Kiro CLI part and the simulator. */
export class KiroBridge {
  readonly log = new SimulatorLog();
  readonly #createCli: (report: KiroCliSettings["report"]) => KiroCli;
  #started: { readonly bridge: TestBridge; readonly kiro: KiroCli; readonly terminals: KiroTerminals } | undefined;

  /** @param other a program in the simulator's place */
  constructor(env: Readonly<Record<string, string>> = {}, more: Partial<KiroCliSettings> = {}, other?: CliProgram) {
    this.#createCli = (report) => rigCli(this.log, report, env, more, other);
  }

  get port(): number {
    return this.#parts.bridge.port;
  }

  get core(): TestBridge["core"] {
    return this.#parts.bridge.core;
  }

  get kiro(): KiroCli {
    return this.#parts.kiro;
  }

  get terminals(): KiroTerminals {
    return this.#parts.terminals;
  }

  async listen(): Promise<this> {
    let parts: { readonly kiro: KiroCli; readonly terminals: KiroTerminals } | undefined;
    const bridge = await startTestBridge({
      policy: new Policy(["*"], []),
      lanes: { concurrency: 3, maxQueued: 1000 },
      limits: { maxBodyBytes: 1024 * 1024 },
      folders: [process.cwd()],
      createKiro: (events) => {
        const { module, ...created } = this.#createKiro(events);
        parts = created;
        return module;
      },
    });
    if (parts === undefined) throw new Error("The bridge has no Kiro CLI.");
    this.#started = { bridge, ...parts };
    return this;
  }

  call(path: string, call?: Call): Promise<Answer> {
    return this.#parts.bridge.call(path, call);
  }

  chat(body: object, headers: NonNullable<Call["headers"]> = {}): Promise<Answer> {
    return this.call("/kiro/chat", { body, headers });
  }

  /** Denies a command from now on. */
  deny(command: string): void {
    this.core.policy.reconfigure(["*"], [command]);
    this.#parts.bridge.server.enforcePolicy();
  }

  async dispose(): Promise<void> {
    await this.#started?.bridge.dispose();
    await this.log.assertAllGone();
  }

  get #parts() {
    if (this.#started === undefined) throw new Error("The bridge does not listen.");
    return this.#started;
  }

  #createKiro(events: EventWriter): { module: KiroModule; kiro: KiroCli; terminals: KiroTerminals } {
    const kiro = this.#createCli((event) => events.append(event));
    const schemas = sourceSchemaChecks();
    const terminals = new KiroTerminals({
      find: () => kiro.found(),
      flags: [],
      defaultWorkspacePath: () => process.cwd(),
      isTrusted: () => true,
      maxTerminals: 2,
      logger: silentLogger,
    });
    const module = kiroModule({
      agent: kiro,
      terminals,
      sessions: kiro,
      schemas,
      look: () => undefined,
      diagnose: () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE")),
      dispose: async () => void (await Promise.all([kiro.dispose(), terminals.dispose(), schemas.dispose()])),
    });
    return { module, kiro, terminals };
  }
}
