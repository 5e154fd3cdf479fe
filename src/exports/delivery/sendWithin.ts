import type { Clock } from "../../base/clock.ts";
import { abortable } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { DeliveryFailure, type Receipt } from "./destination.ts";

/** Deadline in milliseconds of a call of a destination: its requests have shorter deadlines of their own. */
const SEND_MS = 600_000;

/** Waits for a call of a destination, but not for ever. @throws DeliveryFailure; errors of the call; the signal's reason */
export async function sendWithin(
  send: (signal: AbortSignal) => Promise<Receipt>,
  clock: Clock,
  signal: AbortSignal,
  timeoutMs = SEND_MS,
): Promise<Receipt> {
  const late = new AbortController();
  const deadline = clock.after(timeoutMs, () =>
    late.abort(new DeliveryFailure("passing", `The destination has not answered within ${timeoutMs / 1000} seconds.`)),
  );
  const limit = AbortSignal.any([signal, late.signal]);
  try {
    limit.throwIfAborted();
    return await abortable(send(limit), limit);
  } finally {
    void deadline.dispose();
  }
}

/** Returns what a call of a destination has thrown as a failure. Another error is a bug, which is logged. */
export function failureOf(error: unknown, name: string, logger: Logger): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  logger.error("A destination has thrown an unexpected error", { destination: name, error: messageOf(error) });
  // Not of the destination's machine: what was sent has caused it, and others may be sent.
  const status = 500;
  return new DeliveryFailure("passing", "The bridge could not send it: an internal error, see the log.", { status });
}
