import type { CallPart, CallResult } from "../../core/models/step.ts";
import { invalid } from "../../protocol/validate.ts";

/** Maximum length of the result of a call, in characters: a little more than that of a run, whose mark remains. */
const MAX_RESULT = 33 * 1024;
/** Maximum length of the arguments of a call, in characters. */
const MAX_ARGUMENTS = 1024 * 1024;

/** Reads the arguments as a model has written them; none at all is an empty object. @throws BridgeError VALIDATION_FAILED */
export function argumentsOf({ arguments: text }: CallPart): object {
  if (text.length > MAX_ARGUMENTS)
    throw invalid("arguments", "too_big", `at most ${MAX_ARGUMENTS} characters`, `${text.length}`);
  const value = text.trim() === "" ? {} : parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid("arguments", "type", "an object", Array.isArray(value) ? "an array" : typeof value);
  return value;
}

/** Returns a text as the result of a call, cut with a mark if it is long. */
export function resultOf({ id, name }: CallPart, text: string, isError: boolean): CallResult {
  return { callId: id, name, content: [{ type: "text", text: shortened(text) }], isError };
}

function shortened(text: string): string {
  if (text.length <= MAX_RESULT) return text;
  return `${text.slice(0, MAX_RESULT).toWellFormed()}\n(cut: the first ${MAX_RESULT} of ${text.length} characters)`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("arguments", "format", "JSON", "something else", "the arguments of the call are not valid JSON");
  }
}
