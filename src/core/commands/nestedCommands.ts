import { MAX_COMMAND_ID_LENGTH } from "../../protocol/executions.ts";
import { invalid } from "../../protocol/validate.ts";
import type { Json } from "../../protocol/values.ts";
import type { TaskFields } from "./target.ts";

/** The editor command that runs other commands. */
const RUN_COMMANDS = "runCommands";
/** Maximum number of nested commands, because the policy decides about each. */
const MAX_NESTED_COMMANDS = 1000;

/**
 * Collects the IDs of the commands that `runCommands` would run: in `commands` of its argument, as IDs or as objects
 * with `command` and `args`, possibly nested. Searches at any depth, so that no encoding of an argument (`$type:
 * "Object"`) hides one.
 * @throws BridgeError VALIDATION_FAILED if there are too many, or one is too long
 */
export function nestedCommands({
  command,
  params,
  args,
}: Pick<TaskFields, "command" | "params" | "args">): readonly string[] {
  if (command !== RUN_COMMANDS) return [];
  const found: string[] = [];
  collect([...(params ?? []), ...args], true, found);
  return found;
}

function collect(value: Json, isIdPlace: boolean, found: string[]): void {
  if (typeof value === "string") {
    if (isIdPlace) add(value, found);
  } else if (isList(value)) {
    for (const item of value) collect(item, isIdPlace, found);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) collect(item, key === "command" || key === "commands", found);
  }
}

function add(id: string, found: string[]): void {
  if (id.length > MAX_COMMAND_ID_LENGTH)
    throw invalid("params", "too_big", `command ids of at most ${MAX_COMMAND_ID_LENGTH} characters`, "a longer one");
  if (found.push(id) > MAX_NESTED_COMMANDS)
    throw invalid("params", "too_big", `at most ${MAX_NESTED_COMMANDS} commands in ${RUN_COMMANDS}`, "more");
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
