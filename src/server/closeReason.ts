/** How long goodbyes may take when the bridge stops, in milliseconds. */
export const GOODBYE_MS = 500;

/** A close frame has room for 123 bytes. */
export function closeReason(text: string): string {
  return Buffer.from(text)
    .subarray(0, 120)
    .toString()
    .replace(/\ufffd+$/u, "");
}
