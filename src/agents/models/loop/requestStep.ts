import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { StepEvent, StepRequest, StepResult } from "../../../core/models/step.ts";
import { stepEvents } from "../stepEvents.ts";
import type { ModelWire } from "../wire.ts";

const MAX_ATTEMPTS = 3;
/** Of the first pause in milliseconds, which doubles. */
const FIRST_PAUSE_MS = 1000;
/** Longest pause that a vendor may ask for. */
const MAX_PAUSE_MS = 60_000;

export interface StepListener {
  onEvent(event: Exclude<StepEvent, { readonly type: "end" }>): void;
  /** Resolves when the request may be sent again, after the delay. @throws the signal's reason */
  untilRetry(failure: ModelFailure, delayMs: number): Promise<void>;
}

/**
 * Requests a step. Repeats the request if it has failed for a passing reason before the model said anything: up to three
 * attempts, at the time that the vendor asks for.
 * @throws ModelFailure, or the signal's reason
 */
export async function requestStep(
  wire: ModelWire,
  request: StepRequest,
  listener: StepListener,
  signal: AbortSignal,
): Promise<StepResult> {
  for (let attempt = 1; ; attempt++) {
    let hasSaid = false;
    try {
      for await (const event of stepEvents(wire, request, signal)) {
        if (event.type === "end") return event.result;
        hasSaid = true;
        listener.onEvent(event);
      }
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = hasSaid || attempt === MAX_ATTEMPTS ? undefined : pauseAfter(error, attempt);
      if (delayMs === undefined || !(error instanceof ModelFailure)) throw error;
      await listener.untilRetry(error, delayMs);
    }
  }
}

/** Returns the time in milliseconds after which a failed request may be repeated; undefined if it may not. */
function pauseAfter(failure: unknown, attempt: number): number | undefined {
  // After a long silence, the user has waited long enough.
  if (!(failure instanceof ModelFailure) || !failure.isPassing || failure.kind === "silent") return undefined;
  const { retryAfterMs } = failure.options;
  if (retryAfterMs !== undefined && retryAfterMs > MAX_PAUSE_MS) return undefined;
  const spread = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.round(Math.max(retryAfterMs ?? 0, spread));
}
