import { startDeadline } from "../../base/deadline.ts";
import { DeliveryFailure } from "./destination.ts";

/** Of several requests that belong together, each of which has its own deadline. */
const SEND_MS = 90_000;

/**
 * Does work that is cancelled after 90 s.
 * @param place the destination in a sentence: `The table 'runs'`
 * @throws DeliveryFailure `passing` after that time; what the work throws
 */
export async function withinTime<T>(
  place: string,
  signal: AbortSignal,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const failure = new DeliveryFailure("passing", `${place} did not answer within ${SEND_MS / 1000} seconds.`);
  const deadline = startDeadline(SEND_MS, () => late.abort(failure));
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    void deadline.dispose();
  }
}
