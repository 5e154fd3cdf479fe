import * as z from "zod";
import { MAX_TIMEOUT_MS } from "../protocol/executions.ts";
import { milliseconds, settingsSlice, strings } from "./settingsSlice.ts";

/** What may never be run from outside unless the user says otherwise. README shows this list; a test holds them equal. */
export const DEFAULT_DENY = [
  // The bridge is not steered through itself: no reading of the token, no stop by a caller.
  "kiroBridge.*",
  // What cannot be taken back: accounts, sign-ins, synchronised settings.
  "*deleteAccount*",
  "*.signOut",
  "*.signout",
  "*.logout",
  "workbench.userDataSync.actions.*",
  // What widens the reach of whoever calls: trust, and foreign code.
  "workbench.trust.*",
  "workbench.extensions.*install*",
  "workbench.extensions.*Install*",
  // What answers in the person's place: a picker, a message with buttons, a question of the editor's own chat.
  "quickInput.accept*",
  "workbench.action.acceptSelectedQuickOpenItem",
  "workbench.action.alternativeAcceptSelectedQuickOpenItem",
  "notification.accept*",
  "workbench.action.chat.accept*",
];

/** Which commands may run, how many at once, and how long they and their questions may take. */
export const coreSlice = settingsSlice({
  shape: {
    "commands.allow": strings(["*"]),
    "commands.deny": strings(DEFAULT_DENY),
    "kiro.commandTimeoutMs": milliseconds(300_000, 1, MAX_TIMEOUT_MS),
    "kiro.maxConcurrentCommands": z.int().min(1).max(100).default(3),
    "kiro.maxQueuedCommands": z.int().min(0).max(10_000).default(100),
    "userInput.timeoutMs": milliseconds(300_000, 1000, 1_800_000),
  },
  live: ["commands.allow", "commands.deny"],
  // A wrong list of commands permits none until it is right.
  safe: { "commands.allow": [], "commands.deny": ["*"] },
});
