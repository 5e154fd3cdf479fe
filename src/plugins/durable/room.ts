import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { ConsumerState, LogState } from "./logState.ts";

/** Messages that may wait in total, for the memory that their places take. */
const MAX_WAITING = 250_000;
/** The part of the log that one consumer may leave unacknowledged, so that it does not stop the others. */
const MAX_PART_OF_ONE = 0.5;
const MIB = 1024 * 1024;

/** Applies backpressure to publishers. @throws BridgeError RATE_LIMIT_EXCEEDED if the log has no room for a message */
export function checkRoom(
  log: { readonly totalBytes: number; readonly state: LogState },
  consumers: readonly ConsumerState[],
  bytes: number,
  maxBytes: number,
): void {
  for (const consumer of consumers) {
    const isFull =
      consumer.waitingBytes + bytes > maxBytes * MAX_PART_OF_ONE ||
      consumer.waiting.length >= MAX_WAITING * MAX_PART_OF_ONE;
    if (isFull) throw fullError(consumer, maxBytes);
  }
  if (log.totalBytes + bytes <= maxBytes && log.state.waiting < MAX_WAITING) return;
  const [slowest] = [...log.state.consumers.values()].toSorted((a, b) => b.waitingBytes - a.waitingBytes);
  if (slowest !== undefined) throw fullError(slowest, maxBytes);
}

function fullError({ name, pattern, waiting }: ConsumerState, maxBytes: number): BridgeError {
  const message =
    `The log of durable messages has no room (${Math.floor(maxBytes / MIB)} MiB): '${name}' has not acknowledged ` +
    `${waiting.length} messages on '${pattern}'. Publish the message again later.`;
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, {
    reason: "durable-log-full",
    consumer: name,
    pattern,
    waiting: waiting.length,
  });
}

/** Returns the error for a disk that is full or cannot be used. Its text has no path. */
export function storageError(error: unknown): BridgeError {
  if (isBridgeError(error)) return error;
  const code = codeOf(error);
  const detail = code === "ENOSPC" ? "the disk is full" : code === "" ? messageOf(error) : code;
  return new BridgeError("KIRO_UNAVAILABLE", `Durable messages cannot be stored: ${detail}.`, {
    reason: "durable-log-unavailable",
    error: code,
  });
}
