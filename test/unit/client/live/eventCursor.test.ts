import assert from "node:assert/strict";
import { EventCursor } from "../../../../src/client/live/eventCursor.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";

const timestamp = "2026-01-01T00:00:00.000Z";

/** An event `number` of a window, with its ID in the sequence. */
function ofWindow(windowId: string, windowEventId: number, eventId: number): BridgeEvent {
  return { type: "status-changed", status: "ready", eventId, timestamp, windowId, windowEventId };
}

function lost(eventId: number, more: { lostWindowId?: string; lostFrom?: number; lostTo?: number } = {}): BridgeEvent {
  return { type: "events-lost", from: eventId, to: eventId, eventId, timestamp, windowId: "owner", ...more };
}

describe("EventCursor", () => {
  it("subscribes with the position that it was given, and then with that of the last event", () => {
    assert.deepEqual(new EventCursor().position, {});
    const cursor = new EventCursor({ since: 3, epoch: "a" });
    assert.deepEqual(cursor.position, { since: 3, epoch: "a" });
    cursor.accept(ofWindow("w", 4, 7));
    assert.deepEqual(cursor.position, { since: 7, epoch: "a" });
  });

  it("subscribes where the bridge has begun if no event has arrived since", () => {
    const cursor = new EventCursor({ since: 70, epoch: "a" });
    cursor.begin({ since: 0, epoch: "b" });
    assert.deepEqual(cursor.position, { since: 0, epoch: "b" });
  });

  it("accepts each event of an epoch once", () => {
    const cursor = new EventCursor();
    cursor.begin({ since: 5, epoch: "a" });
    const event = ofWindow("w", 6, 6);
    assert.deepEqual(
      [ofWindow("w", 5, 5), event, event].map((each) => cursor.accept(each)),
      [undefined, event, undefined],
    );
  });

  it("skips what it knows of a window after another window has taken over the address", () => {
    const cursor = new EventCursor();
    cursor.begin({ since: 10, epoch: "a" });
    cursor.accept(ofWindow("first", 11, 11));
    cursor.accept(ofWindow("second", 3, 12));
    cursor.begin({ since: 0, epoch: "b" });
    const replayed = [
      ofWindow("second", 2, 1),
      ofWindow("second", 3, 2),
      ofWindow("second", 4, 3),
      ofWindow("x", 1, 4),
    ];
    assert.deepEqual(
      replayed.map((event) => cursor.accept(event)?.windowEventId),
      [undefined, undefined, 4, 1],
    );
    assert.deepEqual(cursor.position, { since: 4, epoch: "b" });
  });

  it("skips what happened before its start when another window sends everything that is kept", () => {
    const at = (second: number, event: BridgeEvent): BridgeEvent => ({
      ...event,
      timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    });
    const cursor = new EventCursor();
    cursor.begin({ since: 10, epoch: "a" }, at(5, lost(1)).timestamp);
    const live = at(4, ofWindow("w", 1, 11));
    assert.equal(cursor.accept(live), live, "a clock that was set back hides nothing");
    cursor.begin({ since: 0, epoch: "b" }, at(8, lost(1)).timestamp);
    const kept = [at(2, ofWindow("x", 1, 1)), at(3, lost(2)), at(6, ofWindow("x", 2, 3))];
    assert.deepEqual(
      kept.map((event) => cursor.accept(event)?.eventId),
      [undefined, 2, 3],
    );
    const all = new EventCursor({ since: 0 });
    all.begin({ since: 0, epoch: "a" }, at(5, lost(1)).timestamp);
    all.begin({ since: 0, epoch: "b" });
    assert.equal(all.accept(at(2, ofWindow("x", 1, 1)))?.eventId, 1);
  });

  it("always accepts an event that is not in the sequence of a window", () => {
    const cursor = new EventCursor();
    cursor.begin({ since: 0, epoch: "a" });
    cursor.accept(ofWindow("w", 9, 1));
    const { windowEventId: _none, ...event } = ofWindow("w", 9, 2);
    assert.equal(cursor.accept(event), event);
    assert.deepEqual(cursor.accept(lost(5)), lost(5));
  });

  it("accepts every connection-ready, which is in no sequence", () => {
    const cursor = new EventCursor({ since: 4, epoch: "a" });
    const ready: BridgeEvent = {
      type: "connection-ready",
      serverInfo: { version: "1", features: [] },
      epoch: "a",
      lastEventId: 4,
      clientId: "c",
      eventId: 0,
      timestamp,
      windowId: "w",
    };
    assert.equal(cursor.accept(ready), ready);
    assert.deepEqual(cursor.position, { since: 4, epoch: "a" });
  });

  it("reports a loss as far as the events were not seen, once", () => {
    const cursor = new EventCursor();
    cursor.begin({ since: 0, epoch: "a" });
    cursor.accept(ofWindow("w", 4, 1));
    cursor.begin({ since: 0, epoch: "b" });
    const report = { lostWindowId: "w", lostFrom: 2, lostTo: 6 };
    assert.deepEqual(cursor.accept(lost(1, report)), lost(1, { ...report, lostFrom: 5 }));
    cursor.begin({ since: 0, epoch: "c" });
    assert.equal(cursor.accept(lost(1, report)), undefined);
    assert.equal(cursor.accept(ofWindow("w", 6, 2)), undefined);
    assert.equal(cursor.accept(ofWindow("w", 7, 3))?.windowEventId, 7);
  });

  it("remembers a limited number of windows, and forgets those that it has not seen for the longest time", () => {
    const cursor = new EventCursor();
    cursor.begin({ since: 0, epoch: "a" });
    let eventId = 0;
    for (let n = 0; n < 1000; n++) cursor.accept(ofWindow(`w${n}`, 1, ++eventId));
    cursor.accept(ofWindow("w0", 2, ++eventId));
    cursor.accept(ofWindow("new", 1, ++eventId));
    cursor.begin({ since: 0, epoch: "b" });
    assert.equal(cursor.accept(ofWindow("w0", 2, 1)), undefined);
    assert.equal(cursor.accept(ofWindow("w2", 1, 2)), undefined);
    assert.equal(cursor.accept(ofWindow("w1", 1, 3))?.windowId, "w1");
  });
});
