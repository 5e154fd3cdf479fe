import * as l10n from "@vscode/l10n";
import type { CommandRules, GrantedScope, Role } from "../../protocol/access.ts";

/** One permission as a plain sentence. */
export interface PermissionWords {
  readonly text: string;
  /** The same in the middle of a sentence. */
  readonly phrase: string;
  /** True if it lets a program change something, or speak in the user's name. */
  readonly isRisky: boolean;
}

const permission = (phrase: string, isRisky: boolean): PermissionWords => ({
  text: `${phrase.charAt(0).toLocaleUpperCase()}${phrase.slice(1)}`,
  phrase,
  isRisky,
});

/** The scopes without patterns, in the order in which they are shown. */
const PLAIN_SCOPES = [
  "access:manage",
  "terminal:open",
  "commands:run",
  "agents:prompt",
  "inputs:answer",
  "inputs:answer:own",
  "executions:cancel",
  "executions:cancel:own",
  "events:read",
  "events:read:own",
  "history:read",
  "history:read:own",
  "status:read",
  "bus:publish",
  "bus:subscribe",
] as const satisfies readonly Exclude<GrantedScope, `bus:${string}:${string}`>[];

type PlainScope = (typeof PLAIN_SCOPES)[number];

/** Those that let a program change something, or speak in the user's name. */
const RISKY: ReadonlySet<PlainScope> = new Set([
  "access:manage",
  "terminal:open",
  "commands:run",
  "agents:prompt",
  "inputs:answer",
  "inputs:answer:own",
  "executions:cancel",
  "bus:publish",
]);

/** Returns the text as it is in the middle of a sentence. */
function textOf(scope: PlainScope): string {
  switch (scope) {
    case "access:manage":
      return l10n.t("let other programs in, and revoke their access");
    case "terminal:open":
      return l10n.t("open a terminal with Kiro CLI, and type in it");
    case "commands:run":
      return l10n.t("run editor commands");
    case "agents:prompt":
      return l10n.t("send prompts to Kiro CLI, which can change files and run programs");
    case "inputs:answer":
      return l10n.t("answer Kiro's questions and permission requests, also those of other programs");
    case "inputs:answer:own":
      return l10n.t("answer Kiro's questions and permission requests in its own executions");
    case "executions:cancel":
      return l10n.t("cancel every execution, also those of other programs");
    case "executions:cancel:own":
      return l10n.t("cancel its own executions");
    case "events:read":
      return l10n.t("follow every execution and its output, also those of other programs");
    case "events:read:own":
      return l10n.t("follow its own executions and their output");
    case "history:read":
      return l10n.t("read the history of all executions, also those of other programs");
    case "history:read:own":
      return l10n.t("read the history of its own executions");
    case "status:read":
      return l10n.t("see the status of this window and the list of its commands");
    case "bus:publish":
      return l10n.t("send messages to other programs over the bus, on every topic");
    case "bus:subscribe":
      return l10n.t("receive the messages of other programs over the bus, on every topic");
  }
}

const OWN = ":own";
/** Running something includes these, so they are not worth a sentence. */
const ofRunners: ReadonlySet<string> = new Set(["events:read:own", "history:read:own", "executions:cancel:own"]);

/** Returns what a program with these scopes can do, one sentence each, risky ones first; those included in others are left out. */
export function permissionWords(
  scopes: readonly GrantedScope[],
  commands: CommandRules | undefined,
): readonly PermissionWords[] {
  const held: ReadonlySet<string> = new Set(scopes);
  const isRunner = held.has("commands:run") || held.has("agents:prompt");
  const plain = PLAIN_SCOPES.filter((scope) => held.has(scope))
    .filter((scope) => !(scope.endsWith(OWN) && held.has(scope.slice(0, -OWN.length))))
    .filter((scope) => !(isRunner && ofRunners.has(scope)))
    .map((scope) => permission(scope === "commands:run" ? commandWords(commands) : textOf(scope), RISKY.has(scope)));
  const words = [...plain, ...scopes.flatMap((scope) => topicWords(scope, held))];
  return words.toSorted((a, b) => Number(b.isRisky) - Number(a.isRisky));
}

function commandWords({ allow, deny = [] }: CommandRules = {}): string {
  const run =
    allow === undefined
      ? l10n.t("run every editor command that your settings allow")
      : l10n.t("run editor commands: {0}", listOf(allow));
  return deny.length === 0 ? run : l10n.t("{0}, except {1}", run, listOf(deny));
}

function listOf(patterns: readonly string[]): string {
  return patterns.length === 0 ? l10n.t("none") : patterns.join(", ");
}

/** Returns the sentence of a scope with a topic pattern, unless the scope without one is held as well. */
function topicWords(scope: GrantedScope, held: ReadonlySet<string>): readonly PermissionWords[] {
  const [, way, topic] = /^bus:(publish|subscribe):(.+)$/.exec(scope) ?? [];
  if (topic === undefined || held.has(`bus:${way}`)) return [];
  return way === "publish"
    ? [permission(l10n.t("send messages to other programs over the bus, on {0}", topic), true)]
    : [permission(l10n.t("receive the messages of other programs over the bus, on {0}", topic), false)];
}

/** Returns a role for people. */
export function roleWords(role: Role): string {
  switch (role) {
    case "owner":
      return l10n.t("Everything, also letting other programs in");
    case "operator":
      return l10n.t("Everything but letting other programs in");
    case "viewer":
      return l10n.t("See everything, change nothing");
    case "ci":
      return l10n.t("Run commands and prompts, and see their results");
  }
}

/** Returns all permissions as one sentence, as in "run editor commands: test.*; see the status of this window". */
export function permissionSentence(scopes: readonly GrantedScope[], commands: CommandRules | undefined): string {
  return permissionWords(scopes, commands)
    .map(({ phrase }) => phrase)
    .join("; ");
}
