/** The commands of the palette, without their prefix `kiroBridge.`. A test holds them equal to package.json. */
export const COMMANDS = [
  "start",
  "stop",
  "restart",
  "toggle",
  "showStatus",
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
] as const;

export type CommandName = (typeof COMMANDS)[number];

/**
 * What gives the token away, or does what the policy may deny to programs, and what it is called: the person is asked
 * first when a program may be behind it. `stop`, `restart` and `toggle` have a question of their own; `clearHistory`
 * always asks. README names these; a test holds them equal.
 */
export const GUARDED_COMMANDS = {
  copyToken: "Copy Token",
  rotateToken: "Rotate Token",
  copyCurl: "Copy as curl",
  executeCommand: "Execute Command",
  askCli: "Ask Kiro CLI",
  exportRun: "Export Run",
} as const satisfies Partial<Record<CommandName, string>>;

export type GuardedCommand = keyof typeof GUARDED_COMMANDS;
