import * as l10n from "@vscode/l10n";

/** The palette commands, without the prefix `kiroBridge.`. A test keeps them in sync with package.json. */
export const COMMANDS = [
  "start",
  "stop",
  "restart",
  "toggle",
  "showStatus",
  "reclaimPort",
  "openDashboard",
  "copyAddress",
  "copyToken",
  "rotateToken",
  "copyCurl",
  "executeCommand",
  "showCommands",
  "healthCheck",
  "openLog",
  "openSettings",
  "askCli",
  "useSimulator",
  "cancelCli",
  "newCliSession",
  "diagnoseCli",
  "answerQuestion",
  "clearHistory",
  "exportRun",
  "openRun",
  "verifyAudit",
  "exportAudit",
  "showAccess",
  "createToken",
  "revokeAccess",
  "connectClient",
  "showPlugins",
  "startPlugin",
  "stopPlugin",
  "approvePlugin",
  "setNatsCredentials",
  "addModel",
  "removeModel",
  "setModelKey",
  "allowEditorModels",
  "setExportSecret",
  "testExport",
  "replayDeadLetters",
  "deleteAnalyticsId",
] as const;

export type CommandName = (typeof COMMANDS)[number];

/**
 * Commands that reveal the token or do what the policy may deny to programs, with their titles: the user is asked first
 * if a program may have caused the call. `stop`, `restart` and `toggle` have their own question; `clearHistory` always
 * asks. docs/manual/security.md lists these; a test keeps them in sync.
 */
export const GUARDED_COMMANDS = {
  copyToken: l10n.t("Copy Token"),
  rotateToken: l10n.t("Rotate Token"),
  copyCurl: l10n.t("Copy as curl"),
  executeCommand: l10n.t("Execute Command"),
  askCli: l10n.t("Ask Kiro CLI"),
  exportRun: l10n.t("Export Run"),
  exportAudit: l10n.t("Export Audit Log"),
  createToken: l10n.t("Create Token"),
  connectClient: l10n.t("Connect a Client"),
  startPlugin: l10n.t("Start Plugin"),
  approvePlugin: l10n.t("Approve Plugin"),
  addModel: l10n.t("Add Model"),
  removeModel: l10n.t("Remove Model"),
  setModelKey: l10n.t("Set Key of a Model"),
  allowEditorModels: l10n.t("Allow Models of This Editor"),
  setExportSecret: l10n.t("Set Secret of a Destination"),
  testExport: l10n.t("Test Destination"),
  replayDeadLetters: l10n.t("Replay Dead Letters"),
} as const satisfies Partial<Record<CommandName, string>>;

export type GuardedCommand = keyof typeof GUARDED_COMMANDS;
