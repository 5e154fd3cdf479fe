/** More than any body has that is read of a server that may be another program. */
const MAX_BODY_BYTES = 100_000;

/** Returns the beginning of a body as text; the rest of a large one is not read. @throws the error of the stream */
export async function readStart(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of body ?? []) {
    text += decoder.decode(part.subarray(0, MAX_BODY_BYTES - bytes), { stream: true });
    bytes += part.byteLength;
    // Leaving the loop cancels the body.
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return text + decoder.decode();
}
