import type { BridgeError } from "../../../protocol/errors.ts";
import { invalid } from "../../../protocol/validate.ts";

/** Kiro's limit in characters (docs/kiro-cli.md#14-reading-stdin). */
export const MAX_PROMPT_LENGTH = 400_000;
/** Replaces line breaks in a prompt that is sent as one line. The CLI's sanitizer keeps it. */
const LINE_BREAK = " ⏎ ";
/** Prefix for a prompt whose first character would be a command of the CLI. */
const HARMLESS_START = "Prompt: ";

// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;
/**
 * Matches prompts that the CLI would take for a shell command (`!`), its own command (`/`) or a template (`@`)
 * (docs/kiro-cli.md#14-reading-stdin). The CLI trims prompts and removes invisible characters, so those are skipped.
 */
const COMMAND_START = /^[\s\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]*[!/@]/u;
const VISIBLE = /[^\s\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u;

/**
 * The way in which a prompt is sent to the CLI. "line": as one line of a persistent process, where a newline would
 * submit a message, and a backslash or ``` would wait for more (docs/kiro-cli.md#f5). "stdin": as the whole input of a
 * one-shot process.
 */
export type PromptWay = "line" | "stdin";

/**
 * Makes a prompt safe to send as text (docs/kiro-cli.md#m11 to #m13): it cannot run a shell command, a slash command or
 * a template, is a single message, and cannot end or confuse the line editor. Otherwise the text stays unchanged:
 * - control characters and lone surrogates are removed or replaced, `\r\n` becomes `\n`;
 * - a prompt that begins with `!`, `/` or `@` is prefixed with "Prompt: ";
 * - in a line, newlines become " ⏎ ", an odd number of ``` is completed, and a trailing backslash is followed by " ⏎".
 * @throws BridgeError VALIDATION_FAILED if nothing is left to send, or it is too long (400,000 characters)
 */
export function guardPrompt(prompt: string, way: PromptWay): string {
  const text = prompt.toWellFormed().replace(/\r\n?/gu, "\n").replace(CONTROLS, "").trim();
  if (!VISIBLE.test(text)) throw invalid("prompt", "required", "visible text", "none");
  const safe = COMMAND_START.test(text) ? HARMLESS_START + text : text;
  const sent = way === "line" ? asLine(safe) : safe;
  if (sent.length > MAX_PROMPT_LENGTH) throw tooLong(sent.length);
  return sent;
}

function asLine(text: string): string {
  const line = text.replace(/[\n\u2028\u2029]+/gu, LINE_BREAK);
  const fences = line.split("```").length - 1;
  const balanced = fences % 2 === 1 ? `${line} \`\`\`` : line;
  return balanced.endsWith("\\") ? balanced + LINE_BREAK.trimEnd() : balanced;
}

function tooLong(length: number): BridgeError {
  return invalid("prompt", "too_big", `at most ${MAX_PROMPT_LENGTH} characters`, `${length} characters`);
}
