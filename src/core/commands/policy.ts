import { Emitter } from "../../base/events.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import { nestedCommands } from "./nestedCommands.ts";
import type { TaskFields } from "./target.ts";
import { wildcard } from "./wildcard.ts";

/** The rule behind a decision. */
interface PolicyRule {
  /** The setting with the rule, or "built-in" for a rule that cannot be changed. */
  readonly setting: string;
  readonly pattern?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly rule?: PolicyRule;
}

/** The subject of a decision: a command, and those in its arguments that it would run. */
export type PolicySubject = Pick<TaskFields, "command" | "args" | "params">;

/** The origin of a request: a program ("outside"), or the user, through the palette or the dashboard. */
export type Origin = "outside" | "palette";

interface CompiledRule {
  readonly rule: PolicyRule;
  readonly matches: (commandId: string) => boolean;
}

const ALLOW = "kiroBridge.commands.allow";
const DENY = "kiroBridge.commands.deny";
/** Maximum number of cached decisions, and maximum length of their IDs: clients may ask about any text. */
const MAX_DECISIONS = 1000;
const LONGEST_KEPT = 200;
/** Denies the editor's internal commands, which are undocumented and do not validate their arguments, to everybody. */
const internal: PolicyRule = { setting: "built-in", pattern: "_*" };

/**
 * Decides which commands may run. Settings apply to programs: patterns of command IDs with `*` as wildcard; deny takes
 * precedence over allow. Evaluated for every request, so that changed settings apply to the next one.
 */
export class Policy {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #allow: readonly CompiledRule[] = [];
  #deny: readonly CompiledRule[] = [];
  /** Recent decisions by ID, because each request asks twice. */
  readonly #decisions = new Map<string, Decision>();

  constructor(allow: readonly string[], deny: readonly string[]) {
    this.reconfigure(allow, deny);
  }

  /** Replaces the lists. */
  reconfigure(allow: readonly string[], deny: readonly string[]): void {
    this.#allow = allow.map((pattern) => compile(ALLOW, pattern));
    this.#deny = deny.map((pattern) => compile(DENY, pattern));
    this.#decisions.clear();
    this.#changed.fire();
  }

  decide(commandId: string, origin: Origin = "outside"): Decision {
    if (commandId.startsWith("_")) return { allowed: false, rule: internal };
    if (origin === "palette") return { allowed: true };
    const known = this.#decisions.get(commandId);
    if (known !== undefined) return known;
    const decision = this.#match(commandId);
    if (this.#decisions.size >= MAX_DECISIONS) this.#decisions.clear();
    if (commandId.length <= LONGEST_KEPT) this.#decisions.set(commandId, decision);
    return decision;
  }

  #match(commandId: string): Decision {
    const denied = this.#deny.find(({ matches }) => matches(commandId));
    if (denied !== undefined) return { allowed: false, rule: denied.rule };
    const allowed = this.#allow.find(({ matches }) => matches(commandId));
    return allowed === undefined ? { allowed: false, rule: { setting: ALLOW } } : { allowed: true, rule: allowed.rule };
  }

  /**
   * Decides about a task and the commands that it would run.
   * @throws BridgeError VALIDATION_FAILED if there are too many of them
   */
  decideTask(task: PolicySubject, origin: Origin = "outside"): Decision {
    const own = this.decide(task.command, origin);
    if (!own.allowed) return own;
    for (const id of nestedCommands(task)) {
      const nested = this.decide(id, origin);
      if (!nested.allowed) return nested;
    }
    return own;
  }

  /** Checks a command without arguments. @throws BridgeError ACCESS_DENIED with `{rule}` */
  assertCommandAllowed(command: string, origin: Origin = "outside"): void {
    this.assertAllowed({ command, args: [] }, origin);
  }

  /** @throws BridgeError ACCESS_DENIED with `{rule}`; VALIDATION_FAILED as `decideTask` does */
  assertAllowed(task: PolicySubject, origin: Origin = "outside"): void {
    const { allowed, rule } = this.decideTask(task, origin);
    if (allowed) return;
    const from = origin === "outside" ? " for programs" : "";
    throw new BridgeError(
      "ACCESS_DENIED",
      `Command '${quote(task.command)}' is not allowed${from}: ${reasonOf(rule)}.`,
      {
        rule,
      },
    );
  }
}

function reasonOf(rule: PolicyRule | undefined): string {
  if (rule === internal) return "IDs that begin with '_' are internal to the editor";
  return rule?.pattern === undefined
    ? `no pattern in ${ALLOW} matches it`
    : `${rule.setting} contains '${rule.pattern}'`;
}

function compile(setting: string, pattern: string): CompiledRule {
  return { rule: { setting, pattern }, matches: wildcard(pattern) };
}
