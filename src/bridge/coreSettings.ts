import { join } from "node:path";
import type { Logger } from "../base/logger.ts";
import type { EditorTargetOptions } from "../editor/editorTarget.ts";
import type { CoreSettings } from "./composeCore.ts";
import type { JournalOptions } from "../history/journal/journal.ts";
import type { Versions } from "../protocol/runExport.ts";
import type { ClientRegistry } from "../server/clients.ts";
import type { Settings } from "./settingsTable.ts";

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface CoreSettingsDeps {
  readonly settings: Settings;
  /** Of the extension. */
  readonly version: string;
  /** Name and version. */
  readonly editor: string;
  /** Where the extension keeps files, for all workspaces and windows. */
  readonly storageFolder: string;
  readonly clients: ClientRegistry;
  readonly token: () => string;
  readonly logger: Logger;
}

/** What the core needs to know, from the user's settings and from this installation. */
export function coreSettings(parts: CoreSettingsDeps): CoreSettings {
  const { settings, clients, token } = parts;
  const versions = versionsOf(parts);
  return {
    maxQueued: settings["kiro.maxQueuedCommands"],
    inputTimeoutMs: settings["userInput.timeoutMs"],
    versions,
    journal: journalOptions(parts, versions),
    traffic: () => ({ ...clients.traffic, clients: clients.size }),
    secrets: () => [token()],
  };
}

/** Returns the limits of editor commands. */
export function editorOptions(settings: Settings): EditorTargetOptions {
  return {
    concurrency: settings["kiro.maxConcurrentCommands"],
    defaultTimeoutMs: settings["kiro.commandTimeoutMs"],
  };
}

/** The journal as the user wants it; undefined when there shall be none. */
function journalOptions(
  { storageFolder, settings, logger }: CoreSettingsDeps,
  versions: Versions,
): JournalOptions | undefined {
  if (!settings["history.enabled"]) return undefined;
  return {
    folder: join(storageFolder, "history"),
    versions,
    logger,
    storesOutput: settings["history.storeOutput"],
    maxBytes: settings["history.maxMegabytes"] * MEGABYTE,
    maxAgeMs: settings["history.maxDays"] * DAY_MS,
  };
}

/** Who wrote it. */
function versionsOf({ version, editor }: CoreSettingsDeps): Versions {
  return { bridge: version, editor, node: process.version, platform: `${process.platform} ${process.arch}` };
}
