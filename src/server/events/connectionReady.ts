import type { EventLog } from "../../core/events/eventLog.ts";
import type { BridgeEvent } from "../../protocol/events.ts";

const features = ["command-execution", "status-monitoring", "user-input", "event-replay", "live-output"];

/**
 * The first event on every connection. Not part of the sequence: its `eventId` is 0, so that a client that stores the
 * latest ID does not skip events.
 */
export function readyEvent(events: EventLog, clientId: string, version: string): BridgeEvent {
  return {
    type: "connection-ready",
    serverInfo: { version, features },
    epoch: events.epoch,
    lastEventId: events.lastId,
    clientId,
    eventId: 0,
    timestamp: new Date().toISOString(),
    windowId: events.windowId,
  };
}
