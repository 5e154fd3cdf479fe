import { join } from "node:path";
import { AccessFile } from "../access/accessFile.ts";
import type { AuditOptions } from "../access/audit/audit.ts";
import { auditFolder } from "../access/audit/auditFolder.ts";
import type { Logger } from "../base/logger.ts";
import type { CoreOptions } from "./composeCore.ts";
import { Policy } from "../core/commands/policy.ts";
import type { Redactor } from "../core/privacy/redactor.ts";
import type { JournalOptions } from "../history/journal/journal.ts";
import { natsOptionsOf } from "../plugins/nats/settings.ts";
import type { Versions } from "../protocol/runExport.ts";
import type { Settings } from "./settingsTable.ts";

const MEGABYTE = 1024 * 1024;
/** The files of the audit log of all windows are as large as this number of full ones, at most. */
const MAX_AUDIT_FILES = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface CoreSettingsDeps {
  readonly settings: Settings;
  /** Version of the extension. */
  readonly version: string;
  /** Name and version. */
  readonly editor: string;
  /** The storage folder of the extension, shared by all workspaces and windows. */
  readonly storageFolder: string;
  /** The installation folder of the extension. */
  readonly extensionPath: string;
  /** The folder that all bridges of this user share. */
  readonly discoveryFolder: string;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/** Derives the options of the core from the user's settings and the installation. */
export function coreSettings(deps: CoreSettingsDeps): CoreOptions {
  const { settings, redactor, extensionPath, discoveryFolder, logger } = deps;
  const versions = versionsOf(deps);
  return {
    policy: new Policy(settings["commands.allow"], settings["commands.deny"]),
    editor: {
      concurrency: settings["kiro.maxConcurrentCommands"],
      defaultTimeoutMs: settings["kiro.commandTimeoutMs"],
    },
    maxQueued: settings["kiro.maxQueuedCommands"],
    inputTimeoutMs: settings["userInput.timeoutMs"],
    versions,
    audit: auditOptions(deps),
    accessStorage: new AccessFile(discoveryFolder, logger),
    oauthStorage: new AccessFile(discoveryFolder, logger, "oauth.json"),
    journal: journalOptions(deps, versions),
    redactor,
    busFolder: join(discoveryFolder, "bus"),
    nats: natsOptionsOf(settings),
    publishesToken: settings["auth.discovery"] === "full",
    docsFolder: join(extensionPath, "dist"),
  };
}

function auditOptions({ settings, discoveryFolder, version }: CoreSettingsDeps): AuditOptions {
  const maxFileBytes = settings["audit.maxFileMB"] * MEGABYTE;
  return {
    folder: auditFolder(discoveryFolder),
    version,
    isEnabled: settings["audit.enabled"],
    content: settings["audit.content"],
    maxFileBytes,
    maxTotalBytes: MAX_AUDIT_FILES * maxFileBytes,
    maxAgeMs: settings["audit.keepDays"] * DAY_MS,
  };
}

/** Returns the options of the journal, or undefined if it is disabled. */
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

/** Returns the versions to record. */
function versionsOf({ version, editor }: CoreSettingsDeps): Versions {
  return { bridge: version, editor, node: process.version, platform: `${process.platform} ${process.arch}` };
}
