import { join } from "node:path";
import * as vscode from "vscode";
import type { Logger } from "../base/logger.ts";
import type { CoreSettings } from "../core/composeCore.ts";
import type { JournalOptions } from "../core/journal.ts";
import type { Versions } from "../protocol/runExport.ts";
import type { ClientRegistry } from "../server/clients.ts";
import type { Settings } from "./settingsTable.ts";

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface CoreSettingsParts {
  readonly context: vscode.ExtensionContext;
  readonly settings: Settings;
  /** Of the extension. */
  readonly version: string;
  readonly clients: ClientRegistry;
  readonly token: () => string;
  readonly logger: Logger;
}

/** What the core needs to know, from the user's settings and from this installation. */
export function coreSettings(parts: CoreSettingsParts): CoreSettings {
  const { settings, clients, token } = parts;
  const versions = versionsOf(parts.version);
  return {
    lanes: {
      concurrency: settings["kiro.maxConcurrentCommands"],
      maxQueued: settings["kiro.maxQueuedCommands"],
    },
    defaultTimeoutMs: settings["kiro.commandTimeoutMs"],
    inputTimeoutMs: settings["userInput.timeoutMs"],
    versions,
    journal: journalOptions(parts, versions),
    traffic: () => ({ ...clients.traffic, clients: clients.size }),
    secrets: () => [token()],
  };
}

/** The journal as the user wants it; undefined when there shall be none. It is shared by all workspaces and windows. */
function journalOptions(
  { context, settings, logger }: CoreSettingsParts,
  versions: Versions,
): JournalOptions | undefined {
  if (!settings["history.enabled"]) return undefined;
  return {
    folder: join(context.globalStorageUri.fsPath, "history"),
    versions,
    logger,
    storesOutput: settings["history.storeOutput"],
    maxBytes: settings["history.maxMegabytes"] * MEGABYTE,
    maxAgeMs: settings["history.maxDays"] * DAY_MS,
  };
}

/** Who wrote it. */
function versionsOf(bridge: string): Versions {
  return {
    bridge,
    editor: `${vscode.env.appName} ${vscode.version}`,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}
