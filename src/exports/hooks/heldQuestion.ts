import { onAbort } from "../../base/abort.ts";
import { startDeadline } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import type { IncomingAnswer, OutgoingRequest, Send } from "../http/request.ts";

interface Held {
  readonly request: OutgoingRequest;
  /** Aborted when the question is no longer open. */
  readonly open: AbortSignal;
  /** The time in milliseconds that the receiver has when nothing is asked any more. */
  readonly timeoutMs: number;
}

/**
 * Sends a question to a receiver, which may take as long for its answer as the question is open: a person is asked there.
 * @returns undefined if the receiver has the question, and it was answered elsewhere first
 * @throws as `send` does
 */
export async function askReceiver(
  send: Send,
  { request, open, timeoutMs }: Held,
  signal: AbortSignal,
): Promise<IncomingAnswer | undefined> {
  const store = new DisposableStore();
  const released = new AbortController();
  const late = new DeliveryFailure("passing", `${request.url.host} did not take the question while it was open.`);
  let isWritten = false;
  store.add(
    onAbort(open, () => {
      // A receiver that could not be reached yet may still get it, as it gets other events.
      store.add(startDeadline(isWritten ? 0 : timeoutMs, () => released.abort(late)));
    }),
  );
  const onWritten = (): void => {
    isWritten = true;
  };
  try {
    return await send({ ...request, onWritten }, AbortSignal.any([signal, released.signal]));
  } catch (error) {
    if (error === late && isWritten) return undefined;
    throw error;
  } finally {
    await store.dispose();
  }
}
