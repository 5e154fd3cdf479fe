import type { ExecutionRow } from "../../contract/dashboard.ts";
import { agentPromptedBy } from "../../../protocol/agents/promptCommand.ts";

/** Returns "340 ms", "12 s", "2 min 5 s" or "1 h 3 min". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns whole seconds for running executions, because changing tenths are distracting. */
export function elapsed(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

/** Returns "just now", "40 s ago", "3 min ago" or "2 h ago". */
export function ago(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}

const hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const timeOfDay = new Intl.DateTimeFormat(undefined, { ...hour, second: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { ...hour, month: "short", day: "numeric" });

/** Returns the time of day, with the date if it is another day. */
export function clock(iso: string, now: number = Date.now()): string {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return (isToday ? timeOfDay : dayAndTime).format(date);
}

const numbers = new Intl.NumberFormat();

export function count(value: number): string {
  return numbers.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Returns the place in the queue as text. @param before number of executions before it */
export function queuePlace(before: number | undefined): string {
  if (before === undefined) return "queued";
  return before === 0 ? "next in queue" : `${count(before + 1)} in queue`;
}

/** Returns the title of an execution: its prompt or command. */
export function titleOf({ command, args }: Pick<ExecutionRow, "command" | "args">): string {
  const prompt = agentPromptedBy(command) !== undefined ? firstLine(args[0] ?? "") : "";
  return prompt === "" ? command : prompt;
}

const targetNames: ReadonlyMap<string, string> = new Map([
  ["editor", "Editor"],
  ["cli", "Kiro CLI"],
]);

/** Returns the display name of a target; an unknown one keeps its ID. */
export function targetName(target: string): string {
  return targetNames.get(target) ?? target;
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
