import type { Calls } from "../http/calls.ts";
import { executionPath } from "../http/paths.ts";
import type { BridgeEvent } from "../wireTypes.ts";
import { Backoff } from "./backoff.ts";
import { type EventOptions, eventOf } from "./bridgeEvents.ts";
import { EventStream } from "./eventStream.ts";
import { follow } from "./follow.ts";

const endTypes: ReadonlySet<string> = new Set(["command-completed", "command-error", "command-cancelled"]);

/** Opens the events of one execution: all from its beginning to its end, each once, over reconnects. */
export function executionEvents(calls: Calls, id: string, options: EventOptions): EventStream {
  const scope = calls.lifetime.scope(options.signal);
  const { maxOfflineMs = Number.POSITIVE_INFINITY, timeoutMs, priority } = options;
  const { signal } = scope;
  const backoff = new Backoff({ signal, maxOfflineMs });
  const request = {
    method: "GET",
    path: `${executionPath(id)}/events`,
    signal,
    priority,
    ...(timeoutMs !== undefined && { timeoutMs }),
  } as const;
  let last = 0;
  let hasEnded = false;
  const events = follow<BridgeEvent>({
    signal,
    backoff,
    open: () => calls.stream({ ...request, ...(last > 0 && { headers: { "Last-Event-ID": String(last) } }) }),
    take: ({ data }) => {
      const event = eventOf(data);
      if (event.eventId <= last) return undefined;
      backoff.reset();
      last = event.eventId;
      hasEnded = endTypes.has(event.type);
      return event;
    },
    isComplete: () => hasEnded,
  });
  return new EventStream(scope, events, () => calls.lifetime.isOver);
}
