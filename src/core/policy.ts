import picomatch from "picomatch";
import { BridgeError } from "../protocol/errors.ts";
import type { Json } from "../protocol/values.ts";
import { quote } from "../protocol/validate.ts";
import type { Task } from "./ports.ts";

/** The rule that decided. */
interface PolicyRule {
  readonly setting: string;
  readonly pattern?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly rule?: PolicyRule;
}

interface CompiledRule {
  readonly rule: PolicyRule;
  readonly matches: (commandId: string) => boolean;
}

const ALLOW = "kiroBridge.commands.allow";
const DENY = "kiroBridge.commands.deny";

/**
 * Which commands may be run from outside. Globs on command ids, `*` standing for any text; deny beats allow.
 * Immutable: changed settings make a new one.
 */
export class Policy {
  readonly #allow: readonly CompiledRule[];
  readonly #deny: readonly CompiledRule[];

  constructor(allow: readonly string[], deny: readonly string[]) {
    this.#allow = allow.map((pattern) => compile(ALLOW, pattern));
    this.#deny = deny.map((pattern) => compile(DENY, pattern));
  }

  decide(commandId: string): Decision {
    const denied = this.#deny.find(({ matches }) => matches(commandId));
    if (denied !== undefined) return { allowed: false, rule: denied.rule };
    const allowed = this.#allow.find(({ matches }) => matches(commandId));
    return allowed === undefined ? { allowed: false, rule: { setting: ALLOW } } : { allowed: true, rule: allowed.rule };
  }

  /** Decides about a task and about the commands that it would run in turn. */
  decideTask(task: Task): Decision {
    const own = this.decide(task.command);
    if (!own.allowed || task.command !== "runCommands") return own;
    return (
      nestedCommands(task)
        .map((id) => this.decide(id))
        .find(({ allowed }) => !allowed) ?? own
    );
  }

  /** @throws BridgeError ACCESS_DENIED with `{rule}` */
  assertAllowed(task: Task): void {
    const { allowed, rule } = this.decideTask(task);
    if (allowed) return;
    const why =
      rule?.pattern === undefined ? `no pattern of ${ALLOW} allows it` : `${rule.setting} has '${rule.pattern}'`;
    throw new BridgeError("ACCESS_DENIED", `Command '${quote(task.command)}' may not be run from outside: ${why}.`, {
      rule,
    });
  }
}

function compile(setting: string, pattern: string): CompiledRule {
  // `bash` lets `*` cross slashes, `dot` lets it match a leading dot: ids are names, not paths.
  return { rule: { setting, pattern }, matches: picomatch(pattern, { dot: true, bash: true }) };
}

/** The editor's `runCommands` takes ids, or objects with a command, in the list `commands` of its argument. */
function nestedCommands(task: Task): string[] {
  const found: string[] = [];
  const collect = (value: Json): void => {
    if (typeof value === "string") found.push(value);
    else if (Array.isArray(value)) for (const item of value) collect(item);
    else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) collect(item);
  };
  for (const param of task.params ?? []) collect(param);
  for (const arg of task.args) collect(arg);
  return found;
}
