import { ModelFailure, type ModelFailureKind } from "../../core/models/modelFailure.ts";
import { messageOf } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";

/** The codes of `LanguageModelError`. */
const kinds: Readonly<Record<string, readonly [ModelFailureKind, string]>> = {
  NoPermissions: [
    "forbidden",
    "The editor does not let Kiro Bridge use this model. Run 'Kiro Bridge: Allow Models of This Editor', and allow it there.",
  ],
  Blocked: ["rate-limited", "The limit of this model is reached, or the editor blocks it."],
  NotFound: ["not-found", "The editor has this model no more."],
};

/** Parts of what models say of a conversation that is too long. There is no code for it. */
const tooLong = ["context length", "context window", "prompt is too long", "token limit", "too many tokens"];

/** Returns the failure of a model of the editor as a sentence. */
export function editorFailure(error: unknown): ModelFailure {
  if (error instanceof ModelFailure) return error;
  const code = typeof error === "object" && error !== null ? String(Reflect.get(error, "code")) : "";
  const known = Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  const said = reasonOf(error);
  if (known !== undefined)
    return new ModelFailure(known[0], said === "" ? known[1] : `${known[1]} It said: ${said}`, { cause: error });
  const kind = tooLong.some((words) => said.toLowerCase().includes(words)) ? "too-long" : "overloaded";
  return new ModelFailure(kind, `The model of the editor has failed: ${said}`, { cause: error });
}

/** Returns the message of an error, or of its cause, which the editor wraps. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return quote(messageOf(cause ?? error).split("\n", 1)[0] ?? "");
}
