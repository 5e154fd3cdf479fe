import { MAX_COMMAND_ID_LENGTH } from "../../protocol/executions.ts";
import { invalid } from "../../protocol/validate.ts";
import type { Json } from "../../protocol/values.ts";
import type { TaskFields } from "./target.ts";

/** The editor's command that runs others. */
const RUN_COMMANDS = "runCommands";
/** Each is asked about by itself, so their number is work. */
const MAX_NESTED_COMMANDS = 1000;

/**
 * The ids of the commands that a task would have `runCommands` run: it takes ids, or objects with `command` and `args`,
 * in the list `commands` of its argument, and may itself be among them. Looks for both at any depth, whatever stands
 * around them, so that no other spelling of an argument (`$type: "Object"`) hides one; other texts are not ids.
 * @throws BridgeError VALIDATION_FAILED when there are too many, or when one is too long to be an id
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
