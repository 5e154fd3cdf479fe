import type { ModelWire } from "../../../src/agents/models/wire.ts";
import { ModelFailure } from "../../../src/core/models/modelFailure.ts";
import type { StepEvent } from "../../../src/core/models/step.ts";
import { NO_ABORT, stepRequest } from "./wireOptions.ts";

/** Returns the failure of a step. */
export async function failureOf(step: Promise<unknown>): Promise<ModelFailure> {
  try {
    await step;
  } catch (error) {
    if (error instanceof ModelFailure) return error;
    throw error;
  }
  throw new Error("the step has not failed");
}

/** Reads a step to its end, or to its failure. */
export async function readUntilFailure(
  wire: ModelWire,
): Promise<{ events: StepEvent[]; failure: ModelFailure | undefined }> {
  const events: StepEvent[] = [];
  const reading = (async () => {
    for await (const event of wire.stream(stepRequest(), NO_ABORT)) events.push(event);
  })();
  try {
    await reading;
    return { events, failure: undefined };
  } catch (error) {
    return { events, failure: await failureOf(Promise.reject(error)) };
  }
}

/** Waits until a signal has aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
