/** Copies a text: in V8, a substring retains the whole string. */
export function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
