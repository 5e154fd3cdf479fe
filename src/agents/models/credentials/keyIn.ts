import { ModelFailure } from "../../../core/models/modelFailure.ts";

const MAX_KEY = 8 * 1024;
const PRINTABLE = /^[\u0021-\u007E]+$/;

/**
 * Returns the key in a text, without the space around it.
 * @param origin the beginning of the sentence that says what is wrong; the text itself is never part of it
 * @throws ModelFailure if there is none, more than one line, or no key that a header can have
 */
export function keyIn(text: string, origin: string): string {
  const key = text.trim();
  if (key === "") throw new ModelFailure("unauthorized", `${origin} is empty.`);
  if (key.length > MAX_KEY) throw new ModelFailure("unauthorized", `${origin} is longer than ${MAX_KEY} characters.`);
  const lines = key.split(/\r\n|\r|\n/);
  if (lines.length > 1) throw new ModelFailure("unauthorized", `${origin} has ${lines.length} lines, not one.`);
  if (PRINTABLE.test(key)) return key;
  throw new ModelFailure("unauthorized", `${origin} has characters that a key cannot have, such as spaces.`);
}
