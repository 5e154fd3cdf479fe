import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { MAX_TIMEOUT_MS } from "../protocol/executions.ts";

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

const strings = (value: readonly string[] = []) => z.array(z.string()).default([...value]);
const milliseconds = (value: number, min: number, max: number) => z.int().min(min).max(max).default(value);

/** Every setting of the extension, without its prefix `kiroBridge.`. A test holds it equal to package.json. */
export const settingsSchema = z.object({
  autoStart: z.boolean().default(true),
  "api.port": z.int().min(1024).max(65_535).default(3001),
  "api.portConflict": z.enum(["next", "fail"]).default("next"),
  "api.host": z.string().min(1).default("127.0.0.1"),
  "api.allowedHosts": strings(),
  "api.allowedOrigins": strings(),
  "api.maxBodyBytes": z
    .int()
    .min(1024)
    .max(100 * 1024 * 1024)
    .default(10 * 1024 * 1024),
  "api.receiveTimeoutMs": milliseconds(30_000, 1000, 300_000),
  "api.maxRequestsPerMinute": z.int().min(10).max(10_000_000).default(60_000),
  "auth.mode": z.enum(["token", "none"]).default("token"),
  "commands.allow": strings(["*"]),
  "commands.deny": strings(DEFAULT_DENY),
  "kiro.commandTimeoutMs": milliseconds(300_000, 1, MAX_TIMEOUT_MS),
  "kiro.maxConcurrentCommands": z.int().min(1).max(100).default(3),
  "kiro.maxQueuedCommands": z.int().min(0).max(10_000).default(100),
  "kiro.maxSessions": z.int().min(1).max(32).default(4),
  "kiro.idleSessionMs": milliseconds(600_000, 1000, 86_400_000),
  "userInput.timeoutMs": milliseconds(300_000, 1000, 1_800_000),
  "history.enabled": z.boolean().default(true),
  "history.storeOutput": z.boolean().default(true),
  "history.maxMegabytes": z.int().min(1).max(10_000).default(50),
  "history.maxDays": z.int().min(1).max(3650).default(30),
  "cli.path": z.string().default(""),
  "cli.transport": z.enum(["auto", "acp", "oneshot", "pipe"]).default("auto"),
  "cli.agent": z.string().default(""),
  "cli.trustTools": strings(),
  "cli.trustAllTools": z.boolean().default(false),
  "cli.inactivityTimeoutMs": milliseconds(60_000, 1000, 3_600_000),
  "cli.turnTimeoutMs": milliseconds(1_800_000, 1000, 86_400_000),
  "cli.pipe.markerPosition": z.enum(["start", "end"]).default("start"),
  "cli.pipe.settleMs": milliseconds(500, 250, 60_000),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Those that take effect while the bridge runs: who may do what. `autoStart` is looked at when the editor starts. */
const LIVE: ReadonlySet<string> = new Set<keyof Settings>([
  "autoStart",
  "api.allowedHosts",
  "api.allowedOrigins",
  "api.maxRequestsPerMinute",
  "auth.mode",
  "commands.allow",
  "commands.deny",
]);

/** Whether settings differ in something that takes a restart. */
export function needsRestart(running: Settings, wanted: Settings): boolean {
  const fixed = (settings: Settings) => Object.entries(settings).filter(([key]) => !LIVE.has(key));
  return !isDeepStrictEqual(fixed(running), fixed(wanted));
}

export interface SettingsReading {
  readonly settings: Settings;
  /** One sentence for each value that cannot be used, and for which a safe one stands in. */
  readonly problems: readonly string[];
}

/** Stands in for a wrong value where the default would be no safe one: it lets more through than was wanted. */
const SAFE: Partial<Settings> = { "commands.allow": [], "commands.deny": ["*"] };

/** Reads all settings. A wrong value costs that setting alone; a wrong list of commands, until it is right, all of them. */
export function readSettings(get: (key: string) => unknown): SettingsReading {
  const raw: Record<string, unknown> = { ...SAFE };
  const problems: string[] = [];
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const parsed = schema.safeParse(get(key));
    if (parsed.success) raw[key] = parsed.data;
    else problems.push(`kiroBridge.${key}: ${parsed.error.issues[0]?.message ?? "not valid"}`);
  }
  return { settings: settingsSchema.parse(raw), problems };
}
