import { silentLogger } from "../../src/base/logger.ts";
import { type KiroCliSettings, startersFor } from "../../src/agents/kiro/createKiroCli.ts";
import { extractJson } from "../../src/agents/kiro/text/jsonAnswer.ts";
import { KiroCli } from "../../src/agents/kiro/kiroCli.ts";
import { type KiroModule, kiroModule } from "../../src/bridge/kiroModule.ts";
import type { CliProgram } from "../../src/agents/agent.ts";
import type { TerminalPort } from "../../src/core/terminalPort.ts";
import { generousLimits, simulator } from "../unit/agents/kiro/acp/simulatedAcp.ts";
import { sourceSchemaChecks } from "./schemaChecks.ts";
import { unavailable } from "../../src/protocol/unavailable.ts";

export interface SimulatedKiroOptions extends Pick<KiroCliSettings, "report"> {
  /** The workspace of prompts that name none. */
  readonly folder: string;
  /** False: no CLI is installed. */
  readonly isInstalled: boolean;
  /** Environment variables of the simulator. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program in place of the simulator. */
  readonly program?: CliProgram;
  readonly terminals: TerminalPort;
}

/** The real module of the Kiro CLI, with the simulator as its program. */
export function simulatedKiro({
  folder,
  isInstalled,
  env,
  report,
  terminals,
  ...other
}: SimulatedKiroOptions): KiroModule {
  const { program = simulator(env) } = other;
  const settings: KiroCliSettings = {
    search: { setting: "simulator", surroundings: { env: {}, home: folder, platform: process.platform } },
    flags: {},
    transport: "auto",
    turnLimits: generousLimits,
    clientVersion: "0.0.0",
    settleMs: 0,
    defaultWorkspacePath: () => folder,
    isTrusted: () => true,
    maxSessions: 4,
    idleSessionMs: 600_000,
    report,
    logger: silentLogger,
  };
  const missing = () => Promise.reject(unavailable("cli-missing", "not found"));
  const cli = new KiroCli({
    ...settings,
    find: isInstalled ? () => Promise.resolve({ program }) : missing,
    starters: (found) => startersFor(found, settings),
  });
  const schemas = sourceSchemaChecks();
  return kiroModule({
    agent: cli,
    terminals,
    kiro: {
      sessions: (principal) => cli.sessions(principal),
      closeSession: (id, principal) => cli.closeSession(id, principal),
      listModels: (signal) => cli.models(signal),
      extractJson,
      isSimulated: () => cli.cliStatus().simulated === true,
      schemas,
    },
    look: async () => undefined,
    diagnose: () => Promise.reject(unavailable("cli-missing", "not found")),
    dispose: async () => void (await Promise.all([cli.dispose(), schemas.dispose()])),
  });
}
