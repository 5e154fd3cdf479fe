/**
 * Returns the arguments of a call as an object, which vendors want in what they get back. What the model has written instead is
 * kept for it to see.
 */
export function callInput(text: string): object {
  return objectIn(text) ?? (text.trim() === "" ? {} : { invalid_json: text });
}

/** Returns the same as JSON: the model's own text if it can be read. */
export function callInputText(text: string): string {
  return objectIn(text) === undefined ? JSON.stringify(callInput(text)) : text;
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
