import { join } from "node:path";
import * as vscode from "vscode";
import type { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { EventLog } from "../core/eventLog.ts";
import type { ExecutionLog } from "../core/executionLog.ts";
import { Journal } from "../core/journal.ts";
import type { Versions } from "../protocol/runExport.ts";
import type { Settings } from "./settingsTable.ts";

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface JournalParts {
  readonly settings: Settings;
  readonly folder: string;
  readonly versions: Versions;
  readonly executions: ExecutionLog;
  readonly events: EventLog;
  readonly logger: Logger;
}

/** The journal as the user wants it; undefined when there shall be none. It is released with `store`. */
export function createJournal(parts: JournalParts, store: DisposableStore): Journal | undefined {
  const { settings, folder, versions, executions, events, logger } = parts;
  if (!settings["history.enabled"]) return undefined;
  const options = {
    folder,
    versions,
    logger,
    storesOutput: settings["history.storeOutput"],
    maxBytes: settings["history.maxMegabytes"] * MEGABYTE,
    maxAgeMs: settings["history.maxDays"] * DAY_MS,
  };
  return store.add(new Journal(executions, events, options));
}

/** Where the history lies: of all workspaces and windows together. */
export function historyFolder(context: vscode.ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, "history");
}

/** Who wrote it. */
export function versionsOf(bridge: string): Versions {
  return {
    bridge,
    editor: `${vscode.env.appName} ${vscode.version}`,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}
