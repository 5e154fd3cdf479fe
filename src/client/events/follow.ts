import type { Backoff } from "./backoff.ts";
import { broken, readMessages } from "./readMessages.ts";
import type { SseMessage } from "./sseParser.ts";

/** A stream of the bridge that goes on over any number of connections. */
export interface Following<T> {
  readonly signal: AbortSignal;
  readonly backoff: Backoff;
  /** Opens the next connection, behind what was taken. */
  open(): Promise<Response>;
  /** Takes a message. Returns undefined if it is not to be yielded. */
  take(message: SseMessage): T | undefined;
  /** True when nothing follows what was taken. */
  isComplete(): boolean;
}

/**
 * Yields what a stream has, and connects again when it breaks.
 * @throws KiroBridgeError if the bridge refuses the connection, or is away for too long; the signal's reason
 */
export async function* follow<T>(stream: Following<T>): AsyncGenerator<T, void, undefined> {
  const { signal, backoff } = stream;
  while (!stream.isComplete()) {
    try {
      const response = await stream.open();
      backoff.connected();
      if (response.status === 204) return;
      for await (const message of readMessages(response, (retryMs) => (backoff.baseMs = retryMs))) {
        const item = stream.take(message);
        if (item !== undefined) yield item;
        signal.throwIfAborted();
        if (stream.isComplete()) return;
      }
      await backoff.pause(broken("it has ended"));
    } catch (error) {
      await backoff.pause(error);
    }
  }
}
