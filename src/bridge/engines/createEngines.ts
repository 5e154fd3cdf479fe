import { homedir } from "node:os";
import { join } from "node:path";
import { conversationsFolder, removeConversations } from "../../agents/engines/conversationsFolder.ts";
import type { ModelsPorts } from "../../agents/engines/models.ts";
import { type EditorModels, type EngineKeys, noEditorModels, noKeys } from "../../agents/engines/ports.ts";
import type { Logger } from "../../base/logger.ts";
import { OrphanGuard } from "../../core/childProcesses/orphanGuard.ts";
import type { EventWriter } from "../../core/executions/outputCoalescer.ts";
import type { WindowPort } from "../../core/ports.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import type { ServerContext } from "../../server/serverModule.ts";
import type { ToolServers } from "../../tools/servers/toolServers.ts";
import type { Settings } from "../settingsTable.ts";
import { type EngineLibrary, type EnginesModule, enginesModule } from "./enginesModule.ts";

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Collaborators of what the bundle of models has. */
interface EngineLibraryPorts {
  readonly models: Omit<ModelsPorts, "ledger">;
  /** The folder in which all windows count what engines use. */
  readonly usageFolder: string;
  readonly windowId: string;
  readonly server: ServerContext;
  /** The settings now: those of all agents apply while the bridge is running. */
  readonly settings: () => Settings;
  /** The MCP servers of the user. */
  readonly toolServers: ToolServers;
}

/** Reads the bundle of models and composes what it has. */
export type LoadEngines = (ports: EngineLibraryPorts) => Promise<EngineLibrary>;

export interface EnginesDeps {
  readonly load: LoadEngines;
  readonly settings: Settings;
  readonly settingsNow: () => Settings;
  readonly toolServers: ToolServers;
  readonly window: Pick<WindowPort, "describe"> & { readonly isTrusted: boolean };
  readonly engineKeys?: EngineKeys;
  readonly editorModels?: EditorModels;
  /** The storage folder of the extension. */
  readonly storageFolder: string;
  /** The folder in which running key commands are recorded, so that the next bridge can end them after a crash. */
  readonly discoveryFolder: string;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/** Returns the function that creates the module of the engines. */
export function prepareEngines(deps: EnginesDeps): (events: EventWriter) => EnginesModule {
  const { load, settings, settingsNow, toolServers, window, engineKeys: keys = noKeys, logger } = deps;
  const { engines } = settings;
  return (events) => {
    const guard = new OrphanGuard(deps.discoveryFolder, logger);
    const models = { ...modelsPorts(deps), guard };
    const usageFolder = join(deps.storageFolder, "engine-usage");
    const shared = { models, usageFolder, windowId: window.describe().id, settings: settingsNow, toolServers };
    return enginesModule({
      engines,
      guard,
      load: (server) => load({ ...shared, server }),
      usageFolder,
      onDidChangeKey: keys.onDidChange,
      defaultWorkspacePath: () => window.describe().workspaceFolders[0] ?? homedir(),
      isTrusted: () => window.isTrusted,
      idleSessionMs: settings["kiro.idleSessionMs"],
      report: (event) => void events.append(event),
      removeConversations: () => removeConversations(conversationsFolder(deps.storageFolder)),
    });
  };
}

/** Derives the options of the models from the user's settings. */
export function modelsPorts(
  deps: Omit<EnginesDeps, "load" | "settingsNow" | "toolServers" | "window" | "discoveryFolder">,
): Omit<ModelsPorts, "guard" | "ledger"> {
  const { settings, engineKeys = noKeys, editorModels = noEditorModels, storageFolder } = deps;
  const { redactor, logger } = deps;
  return {
    engines: settings.engines,
    keys: engineKeys,
    editorModels,
    // Conversations are text of executions.
    storageFolder: settings["history.enabled"] && settings["history.storeOutput"] ? storageFolder : undefined,
    keptMs: settings["history.maxDays"] * DAY_MS,
    keptBytes: settings["history.maxMegabytes"] * MEGABYTE,
    redactor,
    logger,
  };
}
