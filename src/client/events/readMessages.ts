import { startDeadline } from "../../base/deadline.ts";
import { messageOf } from "../../protocol/errors.ts";
import { KiroBridgeError } from "../errors.ts";
import { type SseMessage, SseParser } from "./sseParser.ts";

/** The bridge sends a comment every 10 s; a stream without several of them is broken. */
const MAX_SILENCE_MS = 45_000;

/**
 * Yields the messages of a stream until it ends.
 * @throws KiroBridgeError NETWORK_ERROR if it breaks, or has sent nothing for 45 s
 */
export async function* readMessages(
  response: Response,
  onRetry: (retryMs: number) => void = () => undefined,
): AsyncGenerator<SseMessage, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const part = await readPart(reader);
      if (part.done) return;
      yield* parser.push(decoder.decode(part.value, { stream: true }));
      if (parser.retryMs !== undefined) onRetry(parser.retryMs);
    }
  } finally {
    // Fails if the stream has broken, and there is nothing to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

type Part = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>;

async function readPart(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Part> {
  let isSilent = false;
  const deadline = startDeadline(MAX_SILENCE_MS, () => {
    isSilent = true;
    void reader.cancel().catch(() => undefined);
  });
  try {
    const part = await reader.read();
    if (!isSilent) return part;
  } catch (error) {
    throw broken(messageOf(error), error);
  } finally {
    void deadline.dispose();
  }
  throw broken(`nothing was sent for ${MAX_SILENCE_MS} ms`);
}

/** Returns the error of a stream that has ended too early. */
export function broken(reason: string, cause?: unknown): KiroBridgeError {
  return new KiroBridgeError("NETWORK_ERROR", `The stream of the bridge has broken: ${reason}.`, {
    recoverable: true,
    cause,
  });
}
