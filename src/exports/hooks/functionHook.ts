import { type Destination, DeliveryFailure, type Receipt } from "../delivery/destination.ts";
import type { Fact } from "../outbox/fact.ts";
import type { DestinationPorts } from "../ports.ts";
import {
  batchedMessage,
  binaryMessage,
  type CloudEvent,
  cloudEventOf,
  type HttpMessage,
  structuredMessage,
  testCloudEvent,
} from "./cloudEvent.ts";
import { eventsFilter } from "./eventsFilter.ts";
import type { EventMode } from "./functionSettings.ts";
import { hookDelaysMs } from "./schedule.ts";

export interface FunctionHookOptions {
  readonly settings: { readonly events: readonly string[]; readonly batch: number; readonly mode: EventMode };
  /** In characters of the facts of one call. */
  readonly maxLength: number;
  readonly ports: Pick<DestinationPorts, "windowId" | "now">;
  /** Calls the function. @throws DeliveryFailure; the signal's reason */
  readonly call: (message: HttpMessage, signal: AbortSignal) => Promise<Receipt>;
  readonly dispose: () => void | PromiseLike<void>;
}

/** Creates a destination that calls a function with events, one by one or in lists. */
export function functionHook({ settings, maxLength, ports, call, dispose }: FunctionHookOptions): Destination {
  const { batch, mode } = settings;
  const callWith = async (events: readonly [CloudEvent, ...CloudEvent[]], signal: AbortSignal): Promise<Receipt> =>
    await call(messageOf(events, { batch, mode }), signal);
  return {
    limits: { maxFacts: batch, maxLength, concurrency: 4 },
    retryDelaysMs: hookDelaysMs,
    wants: eventsFilter(settings.events),
    send: async (facts, signal) => {
      const [first, ...others] = facts.map(cloudEventOf);
      if (first === undefined) throw new Error("At least one fact is sent.");
      try {
        return await callWith([first, ...others], signal);
      } catch (error) {
        if (others.length === 0 || !isRefusal(error)) throw error;
        return await callSingly(facts, (event) => callWith([event], signal));
      }
    },
    test: async (signal) => await callWith([testCloudEvent(ports)], signal),
    dispose,
  };
}

function messageOf(
  events: readonly [CloudEvent, ...CloudEvent[]],
  { batch, mode }: { readonly batch: number; readonly mode: EventMode },
): HttpMessage {
  if (batch > 1) return batchedMessage(events);
  const [event] = events;
  const { headers, body } = mode === "binary" ? binaryMessage(event) : structuredMessage(event);
  // The clouds continue the trace of a request by its header.
  const { traceparent } = event;
  return { headers: { ...headers, ...(traceparent !== undefined && { traceparent }) }, body };
}

/** Finds out which events of a refused call the function does not take. */
async function callSingly(facts: readonly Fact[], call: (event: CloudEvent) => Promise<Receipt>): Promise<Receipt> {
  const refused: { id: string; reason: string }[] = [];
  for (const fact of facts) {
    try {
      await call(cloudEventOf(fact));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push({ id: fact.id, reason: error.message });
    }
  }
  return { outcome: "sent", detail: "It refused the list, and got the events one by one.", refused };
}

function isRefusal(error: unknown): error is DeliveryFailure {
  return error instanceof DeliveryFailure && error.kind === "refused";
}
