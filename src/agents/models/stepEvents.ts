import { abortable } from "../../base/deadline.ts";
import { ModelFailure } from "../../core/models/modelFailure.ts";
import type { StepEvent, StepRequest } from "../../core/models/step.ts";
import type { ModelWire } from "./wire.ts";

/**
 * Streams a step until its event `end`, and leaves at once when the signal aborts, whatever the wire does.
 * @throws ModelFailure, or the signal's reason
 */
export async function* stepEvents(
  wire: ModelWire,
  request: StepRequest,
  signal: AbortSignal,
): AsyncGenerator<StepEvent, void> {
  const iterator = wire.stream(request, signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await abortable(iterator.next(), signal);
      if (next.done === true) throw new ModelFailure("cut", "The answer of the model ended before its end.");
      yield next.value;
      if (next.value.type === "end") return;
    }
  } finally {
    // Not awaited: it waits for a `next` that may hang.
    iterator.return?.().catch(() => undefined);
  }
}
