/** Timeout for closing handshakes when the bridge stops, in milliseconds. */
export const CLOSE_HANDSHAKE_MS = 500;

/** Maximum length of the reason in a close frame, in bytes (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 120;

/** Truncates a text to the maximum length, without splitting a character. */
export function closeReason(text: string): string {
  const bytes = Buffer.from(text.slice(0, MAX_REASON_BYTES)).subarray(0, MAX_REASON_BYTES);
  // With `stream`, the decoder holds back an incomplete character.
  return new TextDecoder().decode(bytes, { stream: true });
}
