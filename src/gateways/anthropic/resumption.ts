import type { RequestBody } from "../turns/requestBody.ts";
import { isText } from "./textBlock.ts";

/** Text that Claude Code adds, not its user. */
const REMINDER = /^\s*<system-reminder>[^]*<\/system-reminder>\s*$/u;

/**
 * Returns a body without the reminders after the text of its last message of the user, for comparison. When a stream breaks
 * after some text, Claude Code repeats the request up to three times, with a reminder that asks for the rest: the same
 * prompt, which an agent would run again.
 */
export function withoutResumption(body: RequestBody): RequestBody {
  const { messages } = body;
  if (!Array.isArray(messages)) return body;
  const at = messages.findLastIndex((message: unknown) => isOfUser(message));
  const message: unknown = messages[at];
  if (!isOfUser(message) || !Array.isArray(message.content)) return body;
  return { ...body, messages: messages.with(at, { ...message, content: askedIn(message.content) }) };
}

/** Returns the blocks up to the last one that is not a reminder, without the white space between blocks. */
function askedIn(content: readonly unknown[]): readonly unknown[] {
  const last = content.findLastIndex((block) => !isText(block) || !REMINDER.test(block.text));
  const asked = last < 0 ? content : content.slice(0, last + 1);
  return asked.map((block) => (isText(block) ? { ...block, text: block.text.trimEnd() } : block));
}

function isOfUser(message: unknown): message is { readonly role: "user"; readonly content: unknown } {
  return typeof message === "object" && message !== null && "role" in message && message.role === "user";
}
