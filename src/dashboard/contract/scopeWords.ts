import type { CommandRules, GrantedScope, Role } from "../../protocol/access.ts";

/** One permission as a plain sentence. */
export interface PermissionWords {
  readonly text: string;
  /** True if it lets a program change something, or speak in the user's name. */
  readonly isRisky: boolean;
}

const see = (text: string): PermissionWords => ({ text, isRisky: false });
const act = (text: string): PermissionWords => ({ text, isRisky: true });

/** The scopes without patterns, in the order in which they are shown. */
const WORDS = {
  "access:manage": act("Let other programs in, and revoke their access"),
  "terminal:open": act("Open a terminal with Kiro CLI, and type in it"),
  "commands:run": act("Run editor commands"),
  "agents:prompt": act("Send prompts to Kiro CLI, which can change files and run programs"),
  "inputs:answer": act("Answer Kiro's questions and permission requests, also those of other programs"),
  "inputs:answer:own": act("Answer Kiro's questions and permission requests in its own executions"),
  "executions:cancel": act("Cancel every execution, also those of other programs"),
  "executions:cancel:own": see("Cancel its own executions"),
  "events:read": see("Follow every execution and its output, also those of other programs"),
  "events:read:own": see("Follow its own executions and their output"),
  "history:read": see("Read the history of all executions, also those of other programs"),
  "history:read:own": see("Read the history of its own executions"),
  "status:read": see("See the status of this window and the list of its commands"),
  "bus:publish": act("Send messages to other programs over the bus, on every topic"),
  "bus:subscribe": see("Receive the messages of other programs over the bus, on every topic"),
} as const satisfies Readonly<Record<Exclude<GrantedScope, `bus:${string}:${string}`>, PermissionWords>>;

type PlainScope = keyof typeof WORDS;

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
  const plain = plainScopes
    .filter((scope) => held.has(scope))
    .filter((scope) => !(scope.endsWith(OWN) && held.has(scope.slice(0, -OWN.length))))
    .filter((scope) => !(isRunner && ofRunners.has(scope)))
    .map((scope) => (scope === "commands:run" ? act(commandWords(commands)) : WORDS[scope]));
  const words = [...plain, ...scopes.flatMap((scope) => topicWords(scope, held))];
  return words.toSorted((a, b) => Number(b.isRisky) - Number(a.isRisky));
}

const plainScopes: readonly PlainScope[] = Object.keys(WORDS).filter((name): name is PlainScope => name in WORDS);

function commandWords({ allow, deny = [] }: CommandRules = {}): string {
  const which = allow === undefined ? "every editor command that your settings allow" : listOf(allow);
  const run = allow === undefined ? `Run ${which}` : `Run editor commands: ${which}`;
  return deny.length === 0 ? run : `${run}, except ${listOf(deny)}`;
}

function listOf(patterns: readonly string[]): string {
  return patterns.length === 0 ? "none" : patterns.join(", ");
}

/** Returns the sentence of a scope with a topic pattern, unless the scope without one is held as well. */
function topicWords(scope: GrantedScope, held: ReadonlySet<string>): readonly PermissionWords[] {
  const [, way, topic] = /^bus:(publish|subscribe):(.+)$/.exec(scope) ?? [];
  if (topic === undefined || held.has(`bus:${way}`)) return [];
  return way === "publish"
    ? [act(`Send messages to other programs over the bus, on ${topic}`)]
    : [see(`Receive the messages of other programs over the bus, on ${topic}`)];
}

/** The roles for people. */
export const roleWords: Readonly<Record<Role, string>> = {
  owner: "Everything, also letting other programs in",
  operator: "Everything but letting other programs in",
  viewer: "See everything, change nothing",
  ci: "Run commands and prompts, and see their results",
};

/** Returns all permissions as one sentence, as in "run editor commands: test.*; see the status of this window". */
export function permissionSentence(scopes: readonly GrantedScope[], commands: CommandRules | undefined): string {
  return permissionWords(scopes, commands)
    .map(({ text }) => `${text[0]?.toLowerCase() ?? ""}${text.slice(1)}`)
    .join("; ");
}
