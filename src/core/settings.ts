import * as z from "zod";
import { MAX_TIMEOUT_MS } from "../protocol/executions.ts";
import { milliseconds, settingsSlice, strings } from "./settingsSlice.ts";

/** The default deny list for programs. docs/manual/security.md shows it; a test keeps them in sync. */
export const DEFAULT_DENY = [
  // The bridge must not be controlled through its own commands: clients may not read the token or stop it.
  "kiroBridge.*",
  // Effects that cannot be undone: accounts, sign-ins, synchronized settings.
  "*deleteAccount*",
  "*.signOut",
  "*.signout",
  "*.logout",
  "workbench.userDataSync.actions.*",
  // Effects that extend what clients can do: trust, and foreign code.
  "workbench.trust.*",
  "workbench.extensions.*install*",
  "workbench.extensions.*Install*",
  // Commands that answer for the user: pickers, message buttons, questions of the editor's own chat.
  "quickInput.accept*",
  "workbench.action.acceptSelectedQuickOpenItem",
  "workbench.action.alternativeAcceptSelectedQuickOpenItem",
  "notification.accept*",
  "workbench.action.chat.accept*",
];

/** The settings of commands: which may run, concurrency, and timeouts. */
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
  // While the list is invalid, no command is allowed.
  safe: { "commands.allow": [], "commands.deny": ["*"] },
});
