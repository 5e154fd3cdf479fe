import * as l10n from "@vscode/l10n";
import type { ExecutionRow } from "../../contract/dashboard.ts";
import { agentPromptedBy } from "../../../protocol/agents/promptCommand.ts";
import { inLanguage } from "../l10n/language.ts";

/** Returns "340 ms", "12 s", "2 min 5 s" or "1 h 3 min". */
export function duration(ms: number): string {
  if (ms < 1000) return l10n.t("{0} ms", Math.max(0, Math.round(ms)));
  const seconds = ms / 1000;
  if (seconds < 10) return l10n.t("{0} s", tenths().format(seconds));
  if (seconds < 60) return l10n.t("{0} s", Math.round(seconds));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return l10n.t("{0} min {1} s", minutes, Math.floor(seconds % 60));
  return l10n.t("{0} h {1} min", Math.floor(minutes / 60), minutes % 60);
}

/** Returns whole seconds for running executions, because changing tenths are distracting. */
export function elapsed(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  return seconds < 60 ? l10n.t("{0} s", seconds) : duration(seconds * 1000);
}

/** Returns "just now", "40 s ago", "3 min ago" or "2 h ago". */
export function ago(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 5) return l10n.t("just now");
  if (seconds < 60) return l10n.t("{0} s ago", seconds);
  return seconds < 3600
    ? l10n.t("{0} min ago", Math.floor(seconds / 60))
    : l10n.t("{0} h ago", Math.floor(seconds / 3600));
}

const hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const timeOfDay = inLanguage((locale) => new Intl.DateTimeFormat(locale, { ...hour, second: "2-digit" }));
const dayAndTime = inLanguage((locale) => new Intl.DateTimeFormat(locale, { ...hour, month: "short", day: "numeric" }));
const fullTime = inLanguage((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "medium" }));

/** Returns the time of day, with the date if it is another day. */
export function clock(iso: string, now: number = Date.now()): string {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return (isToday ? timeOfDay() : dayAndTime()).format(date);
}

export function dayAndClock(iso: string): string {
  return fullTime().format(new Date(iso));
}

const numbers = inLanguage((locale) => new Intl.NumberFormat(locale));
const tenths = inLanguage(
  (locale) => new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);

export function count(value: number): string {
  return numbers().format(value);
}

/** Returns the number with one digit after the decimal separator. */
export function oneDigit(value: number): string {
  return tenths().format(value);
}

/** Returns "5%". @param share from 0 to 1 */
export function wholePercent(share: number): string {
  return l10n.t("{0}%", Math.round(share * 100));
}

/** Returns "50 %", or "0.4 %" for less than a tenth. @param share from 0 to 1 */
export function percent(share: number): string {
  return l10n.t("{0} %", share < 0.1 ? oneDigit(share * 100) : Math.round(share * 100));
}

/** Returns the place in the queue as text. @param before number of executions before it */
export function queuePlace(before: number | undefined): string {
  if (before === undefined) return l10n.t("queued");
  return before === 0 ? l10n.t("next in queue") : l10n.t("{0} in queue", count(before + 1));
}

/** Returns the title of an execution: its prompt or command. */
export function titleOf({ command, args }: Pick<ExecutionRow, "command" | "args">): string {
  const prompt = agentPromptedBy(command) !== undefined ? firstLine(args[0] ?? "") : "";
  return prompt === "" ? command : prompt;
}

/** Returns the display name of a target; an unknown one keeps its ID. */
export function targetName(target: string): string {
  if (target === "editor") return l10n.t("Editor");
  return target === "cli" ? "Kiro CLI" : target;
}

/** Returns whether the output is an agent's answer, which is Markdown. */
export function isAnswer({ command }: Pick<ExecutionRow, "command">): boolean {
  return agentPromptedBy(command) !== undefined;
}

/** The agent of a prompt, the arguments of a command: what the title leaves out. */
export function subtitleOf({ command, args }: Pick<ExecutionRow, "command" | "args">): string {
  return agentPromptedBy(command) ?? firstLine(args.join(" "));
}

export function firstLine(text: string): string {
  return (
    text
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? ""
  );
}
