import { join } from "node:path";
import { cliFlags } from "../agents/kiro/cli/cliFlags.ts";
import { createKiroCli, type KiroCliSettings } from "../agents/kiro/createKiroCli.ts";
import { diagnose } from "../agents/kiro/diagnosis.ts";
import type { KiroCli } from "../agents/kiro/kiroCli.ts";
import { OrphanGuard } from "../core/childProcesses/orphanGuard.ts";
import { sweepOrphans } from "../core/childProcesses/processRecord.ts";
import { KiroTerminals } from "../agents/kiro/terminal.ts";
import { extractJson } from "../agents/kiro/text/jsonAnswer.ts";
import type { EventWriter } from "../core/executions/outputCoalescer.ts";
import { SchemaChecks } from "../server/schemas/schemaChecks.ts";
import { type KiroCliDeps, kiroCliSettings } from "./kiroCliSettings.ts";
import { type KiroModule, kiroModule } from "./kiroModule.ts";

export interface KiroFactoryDeps extends Omit<KiroCliDeps, "events" | "guard"> {
  /** The folder in which running CLIs are recorded, so that the next bridge can end them after a crash. */
  readonly discoveryFolder: string;
}

/** Ends the CLIs left running by crashed bridges, and returns the function that creates the module of the Kiro CLI. */
export async function prepareKiro(deps: KiroFactoryDeps): Promise<(events: EventWriter) => KiroModule> {
  await sweepOrphans(deps.discoveryFolder, deps.logger);
  return (events) => createKiroModule(deps, events);
}

function createKiroModule(deps: KiroFactoryDeps, events: EventWriter): KiroModule {
  const { discoveryFolder, extensionPath, logger } = deps;
  const guard = new OrphanGuard(discoveryFolder, logger);
  const settings = kiroCliSettings({ ...deps, events, guard });
  const agent = createKiroCli(settings);
  const terminals = createTerminals(agent, settings);
  const schemas = new SchemaChecks({ workerFile: join(extensionPath, "dist", "schemaWorker.cjs"), logger });
  return kiroModule({
    agent,
    terminals,
    kiro: {
      sessions: (principal) => agent.sessions(principal),
      closeSession: (id, principal) => agent.closeSession(id, principal),
      listModels: (signal) => agent.models(signal),
      isSimulated: () => agent.cliStatus().simulated === true,
      extractJson,
      schemas,
    },
    look: () => agent.look(),
    diagnose: (options, signal) =>
      diagnose(settings, { ...options, workspacePath: settings.defaultWorkspacePath() }, signal),
    dispose: async () => {
      await Promise.all([agent.dispose(), terminals.dispose(), schemas.dispose()]);
      await guard.dispose();
    },
  });
}

function createTerminals(agent: KiroCli, settings: KiroCliSettings): KiroTerminals {
  const { flags, defaultWorkspacePath, isTrusted, maxSessions, guard, logger } = settings;
  return new KiroTerminals({
    find: () => agent.found(),
    flags: cliFlags(flags),
    defaultWorkspacePath,
    isTrusted,
    maxTerminals: maxSessions,
    guard,
    logger,
  });
}
