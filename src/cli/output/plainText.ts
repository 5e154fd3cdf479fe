/**
 * Control characters, those of 8-bit terminals included, and bidirectional ones: they could move the cursor, rewrite
 * the line, or set the clipboard of the terminal that shows them.
 */
const UNSAFE = /(?!\r?\n|\t)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Replaces what a terminal could obey in a text of the bridge by its code. Line breaks and tabs stay. */
export function plainText(text: string): string {
  return text.replaceAll(UNSAFE, escapeOf);
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll("\t", " ").replaceAll(/\r?\n/g, "\\n");
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}

/** Serializes a value. `JSON.stringify` leaves the control characters of 8-bit terminals as they are. */
export function safeJson(value: unknown, indent?: number): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return (JSON.stringify(value, undefined, indent) ?? "null").replaceAll(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    escape,
  );
}
