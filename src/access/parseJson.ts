import { messageOf } from "../protocol/errors.ts";

/** @throws Error with the position of the mistake, but without the text, which may contain secrets */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON (${/position \d+/.exec(messageOf(error))?.[0] ?? "it is cut off"})`, {
      cause: error,
    });
  }
}
