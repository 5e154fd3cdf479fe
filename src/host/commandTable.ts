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
  copyToken: "Copy Token",
  rotateToken: "Rotate Token",
  copyCurl: "Copy as curl",
  executeCommand: "Execute Command",
  askCli: "Ask Kiro CLI",
  exportRun: "Export Run",
  exportAudit: "Export Audit Log",
  createToken: "Create Token",
  connectClient: "Connect a Client",
  startPlugin: "Start Plugin",
  approvePlugin: "Approve Plugin",
  addModel: "Add Model",
  removeModel: "Remove Model",
  setModelKey: "Set Key of a Model",
  allowEditorModels: "Allow Models of This Editor",
  setExportSecret: "Set Secret of a Destination",
  testExport: "Test Destination",
  replayDeadLetters: "Replay Dead Letters",
} as const satisfies Partial<Record<CommandName, string>>;

export type GuardedCommand = keyof typeof GUARDED_COMMANDS;
