import type { EventLog } from "../../src/core/eventLog.ts";
import type { BridgeEvent, EventType } from "../../src/protocol/events.ts";

/** Resolves with the next event of a type. */
export function nextEvent(log: EventLog, type: EventType): Promise<BridgeEvent> {
  const { promise, resolve } = Promise.withResolvers<BridgeEvent>();
  const listening = log.onDidAppend((event) => {
    if (event.type === type) resolve(event);
  });
  return promise.finally(() => void listening.dispose());
}
