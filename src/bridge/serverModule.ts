import { join } from "node:path";
import type { Disposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { Core } from "./composeCore.ts";
import { cliFlags } from "../agents/kiro/cli/cliFlags.ts";
import type { KiroCliSettings } from "../agents/kiro/createKiroCli.ts";
import { extractJson } from "../agents/kiro/text/jsonAnswer.ts";
import type { KiroCli } from "../agents/kiro/kiroCli.ts";
import { KiroTerminals } from "../agents/kiro/terminal.ts";
import { SchemaChecks } from "../server/schemas/schemaChecks.ts";
import type { ClientRegistry } from "../server/clients.ts";
import { findPortOwner } from "../server/listen/portOwner.ts";
import { type RunningServer, startServer } from "../server/startServer.ts";
import { readEntries } from "../windows/discovery.ts";
import { type KiroDeps, kiroModule } from "./kiroModule.ts";
import { coreModule, docsModule, eventsModule, metricsModule } from "./modules.ts";
import type { Settings } from "./settingsTable.ts";

export interface ServerModuleDeps {
  readonly core: Core;
  readonly agent: KiroCli;
  readonly cliSettings: KiroCliSettings;
  readonly clients: ClientRegistry;
  readonly settings: Settings;
  readonly token: string;
  readonly version: string;
  /** What the build has made: bundles, and the documentation. */
  readonly distFolder: string;
  /** Where other bridges of this machine say that they are. */
  readonly discoveryFolder: string;
  readonly logger: Logger;
}

/** The server, and the terminals of one of its endpoints. Disposed together within 2.5 s. */
export interface ServerModule extends Disposable {
  readonly server: RunningServer;
  dispose(): Promise<void>;
}

/** @throws BridgeError CONFIGURATION_ERROR when the server cannot listen; then nothing is left behind. */
export async function openServer(parts: ServerModuleDeps): Promise<ServerModule> {
  const terminals = terminalsOf(parts);
  const schemas = new SchemaChecks({ workerFile: join(parts.distFolder, "schemaWorker.cjs"), logger: parts.logger });
  const kiro = kiroModule({ kiro: kiroBridge(parts.agent, schemas), terminals });
  const modules = [coreModule, eventsModule, kiro, metricsModule, docsModule(parts.distFolder)];
  const server = await startServer({ ...serverSettings(parts), modules });
  return {
    server,
    dispose: async () => {
      await Promise.all([server.dispose(), terminals.dispose(), schemas.dispose()]);
    },
  };
}

function terminalsOf({ agent, cliSettings, settings, logger }: ServerModuleDeps): KiroTerminals {
  return new KiroTerminals({
    find: () => agent.found(),
    flags: cliFlags(cliSettings.flags),
    defaultWorkspacePath: cliSettings.defaultWorkspacePath,
    isTrusted: cliSettings.isTrusted,
    maxTerminals: settings["kiro.maxSessions"],
    guard: cliSettings.guard,
    logger,
  });
}

/** Who is let in: what `RunningServer.reconfigure` takes. */
export function accessOf(settings: Settings): Parameters<RunningServer["reconfigure"]>[0] {
  return {
    authMode: settings["auth.mode"],
    allowedHosts: settings["api.allowedHosts"],
    allowedOrigins: settings["api.allowedOrigins"],
    maxRequestsPerMinute: settings["api.maxRequestsPerMinute"],
  };
}

type ServerOptions = Parameters<typeof startServer>[0];
export type ServerSettingsDeps = Omit<ServerModuleDeps, "agent" | "cliSettings" | "distFolder">;

function kiroBridge(agent: KiroCli, schemas: SchemaChecks): KiroDeps {
  return {
    sessions: () => agent.sessions(),
    closeSession: (id) => agent.closeSession(id),
    isSimulated: () => agent.cliStatus().simulated === true,
    extractJson,
    schemas,
  };
}

/** What the server needs to know, from the user's settings and from this installation. */
export function serverSettings(parts: ServerSettingsDeps): Omit<ServerOptions, "modules"> {
  const { core, clients, settings, token, version, discoveryFolder, logger } = parts;
  const { maxRequestsPerMinute, ...access } = accessOf(settings);
  return {
    core,
    clients,
    version,
    logger,
    guards: { ...access, token },
    limits: { maxBodyBytes: settings["api.maxBodyBytes"], maxRequestsPerMinute },
    listen: {
      port: settings["api.port"],
      host: settings["api.host"],
      portConflict: settings["api.portConflict"],
      receiveTimeoutMs: settings["api.receiveTimeoutMs"],
      describeOwner: async (port) => (await findPortOwner(port, await readEntries(discoveryFolder))).sentence,
    },
  };
}
