import { Emitter } from "../../base/events.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { quote } from "../../protocol/validate.ts";
import { type Caller, ownerProgram, type Principal } from "../access/principal.ts";
import { nestedCommands } from "./nestedCommands.ts";
import {
  ACCESS,
  type CompiledRule,
  compile,
  type Decision,
  type PolicyRule,
  principalRules,
} from "./principalRules.ts";
import type { TaskFields } from "./target.ts";

/** The subject of a decision: a command, and those in its arguments that it would run. */
export type PolicySubject = Pick<TaskFields, "command" | "args" | "params">;

/** Returns what the policy decides about, before a target has accepted the request. */
export function subjectOf({ args = [], params }: ExecuteRequest, command: string): PolicySubject {
  return { command, args, ...(params !== undefined && { params }) };
}

/** The caller, as far as the policy depends on it. */
export type PolicyCaller = Pick<Caller, "via"> & { readonly principal: Pick<Principal, "commands"> };

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

  /** The rules of the caller's access can only narrow the user's own. */
  decide(commandId: string, { via, principal }: PolicyCaller = ownerProgram): Decision {
    if (commandId.startsWith("_")) return { allowed: false, rule: internal };
    if (via === "editor") return { allowed: true };
    const decision = this.#decide(commandId);
    if (!decision.allowed || principal.commands === undefined) return decision;
    return principalRules(principal.commands).decide(commandId) ?? decision;
  }

  #decide(commandId: string): Decision {
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
  decideTask(task: PolicySubject, caller: PolicyCaller = ownerProgram): Decision {
    const own = this.decide(task.command, caller);
    if (!own.allowed) return own;
    for (const id of nestedCommands(task)) {
      const nested = this.decide(id, caller);
      if (!nested.allowed) return nested;
    }
    return own;
  }

  /** Checks a command without arguments. @throws BridgeError ACCESS_DENIED with `{rule}` */
  assertCommandAllowed(command: string, caller: PolicyCaller = ownerProgram): void {
    this.assertAllowed({ command, args: [] }, caller);
  }

  /**
   * @returns the rule that allows it; undefined for the user
   * @throws BridgeError ACCESS_DENIED with `{rule}`; VALIDATION_FAILED as `decideTask` does
   */
  assertAllowed(task: PolicySubject, caller: PolicyCaller = ownerProgram): PolicyRule | undefined {
    const { allowed, rule } = this.decideTask(task, caller);
    if (allowed) return rule;
    const from = caller.via === "editor" ? "" : " for programs";
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
  if (rule?.setting === ACCESS && rule.pattern === undefined) return "the access of this client does not include it";
  return rule?.pattern === undefined
    ? `no pattern in ${ALLOW} matches it`
    : `${rule.setting} contains '${rule.pattern}'`;
}
