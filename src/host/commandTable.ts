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
