import { homedir } from "node:os";
import { join } from "node:path";
import type { Logger } from "../base/logger.ts";
import type { EventWriter } from "../core/executions/outputCoalescer.ts";
import type { WindowPort } from "../core/ports.ts";
import { CANCEL_MS, type CliProgram } from "../agents/agent.ts";
import type { KiroCliSettings } from "../agents/kiro/createKiroCli.ts";
import type { ProcessGuard } from "../core/childProcesses/orphanGuard.ts";
import type { Settings } from "./settingsTable.ts";

export interface KiroCliDeps {
  readonly settings: Settings;
  readonly window: Pick<WindowPort, "describe">;
  readonly isTrusted: () => boolean;
  readonly events: EventWriter;
  readonly logger: Logger;
  readonly guard: ProcessGuard;
  /** The installation folder of the extension. */
  readonly extensionPath: string;
  readonly version: string;
}

/** Derives the options of the Kiro CLI from the user's settings and the window. */
export function kiroCliSettings(deps: KiroCliDeps): KiroCliSettings {
  const { settings, window, isTrusted, events, logger, guard, extensionPath, version } = deps;
  return {
    search: {
      setting: settings["cli.path"],
      simulator: simulatorIn(extensionPath),
      surroundings: { env: process.env, home: homedir(), platform: process.platform },
    },
    transport: settings["cli.transport"],
    flags: {
      trustTools: settings["cli.trustTools"],
      trustsAllTools: settings["cli.trustAllTools"],
      agent: settings["cli.agent"],
    },
    turnLimits: {
      inactivityMs: settings["cli.inactivityTimeoutMs"],
      absoluteMs: settings["cli.turnTimeoutMs"],
      cancelMs: CANCEL_MS,
    },
    pipe: { reader: { markerPosition: settings["cli.pipe.markerPosition"], settleMs: settings["cli.pipe.settleMs"] } },
    maxSessions: settings["kiro.maxSessions"],
    idleSessionMs: settings["kiro.idleSessionMs"],
    defaultWorkspacePath: () => window.describe().workspaceFolders[0] ?? homedir(),
    isTrusted,
    report: (event) => void events.append(event),
    clientVersion: version,
    guard,
    logger,
  };
}

/** Returns the simulator, which runs on the editor's binary as Node: Electron on a desktop, Node in code-server. */
function simulatorIn(extensionPath: string): CliProgram {
  return {
    command: process.execPath,
    leadingArgs: [join(extensionPath, "dist", "simulator.cjs")],
    env: { ELECTRON_RUN_AS_NODE: "1", KIRO_SIMULATOR_DEMO: "1" },
    isSimulated: true,
  };
}
