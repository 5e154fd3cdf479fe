import type { EventLog } from "../../src/core/events/eventLog.ts";
import type { BridgeEvent, EventType } from "../../src/protocol/events.ts";

/** Resolves with the next event of a type that is wanted. */
export function nextEvent(
  log: EventLog,
  type: EventType,
  isWanted: (event: BridgeEvent) => boolean = () => true,
): Promise<BridgeEvent> {
  const { promise, resolve } = Promise.withResolvers<BridgeEvent>();
  const listening = log.onDidAppend((event) => {
    if (event.type === type && isWanted(event)) resolve(event);
  });
  return promise.finally(() => void listening.dispose());
}
