/** How long goodbyes may take when the bridge stops, in milliseconds. */
export const GOODBYE_MS = 500;

/** A close frame has room for 123 bytes (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 120;

/** Cuts a text to what a close frame can carry, at the end of a character. */
export function closeReason(text: string): string {
  const bytes = Buffer.from(text.slice(0, MAX_REASON_BYTES)).subarray(0, MAX_REASON_BYTES);
  // A decoder that expects more holds back a character that is not whole.
  return new TextDecoder().decode(bytes, { stream: true });
}
