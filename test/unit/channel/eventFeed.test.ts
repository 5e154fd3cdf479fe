import assert from "node:assert/strict";
import { EventFeed, type EventSink } from "../../../src/channel/eventFeed.ts";
import { EventLog } from "../../../src/core/events/eventLog.ts";
import type { BridgeEvent } from "../../../src/protocol/events.ts";

describe("EventFeed", () => {
  const send = (log: EventLog, output: string) =>
    log.append({ type: "command-output", executionId: "e", output, stream: "stdout" });
  const all = () => true;

  class FakeSink implements EventSink {
    readonly sent: BridgeEvent[] = [];
    isBehind = false;
    #drained: (() => void) | undefined;

    send(event: BridgeEvent): void {
      this.sent.push(event);
    }

    onceDrained(listener: () => void): void {
      this.#drained = listener;
    }

    drain(): void {
      this.isBehind = false;
      this.#drained?.();
    }

    get ids(): (number | string)[] {
      return this.sent.map((event) =>
        event.type === "events-lost" ? `lost ${event.from}-${event.to}` : event.eventId,
      );
    }
  }

  it("replays behind the cursor and then follows", () => {
    const log = new EventLog("w");
    for (const text of ["1", "2", "3"]) send(log, text);
    const sink = new FakeSink();
    void new EventFeed(log, sink, { after: 1, wants: all });
    send(log, "4");
    assert.deepEqual(sink.ids, [2, 3, 4]);
  });

  it("announces what the log no longer has", () => {
    const log = new EventLog("w", { maxEvents: 2, maxLength: 1e6 });
    for (const text of ["1", "2", "3", "4"]) send(log, text);
    const sink = new FakeSink();
    void new EventFeed(log, sink, { after: 0, wants: all });
    assert.deepEqual(sink.ids, ["lost 1-2", 3, 4]);
  });

  it("waits for a slow reader while it replays, and loses nothing that the log still has", () => {
    const log = new EventLog("w");
    for (const text of ["1", "2", "3"]) send(log, text);
    const sink = new FakeSink();
    sink.isBehind = true;
    const feed = new EventFeed(log, sink, { after: 0, wants: all });
    let isCaughtUp = false;
    feed.whenCaughtUp(() => {
      isCaughtUp = true;
    });
    send(log, "4");
    assert.deepEqual(sink.ids, []);
    sink.drain();
    assert.deepEqual(sink.ids, [1, 2, 3, 4]);
    assert.ok(isCaughtUp);
  });

  it("drops live events while the reader is behind, says which, and goes on from now", () => {
    const log = new EventLog("w");
    const sink = new FakeSink();
    const feed = new EventFeed(log, sink, {
      after: 0,
      wants: (event) => !("output" in event) || event.output !== "other",
    });
    send(log, "1");
    sink.isBehind = true;
    for (const text of ["other", "3", "4", "other"]) send(log, text);
    let isCaughtUp = false;
    feed.whenCaughtUp(() => {
      isCaughtUp = true;
    });
    assert.deepEqual(sink.ids, [1]);
    assert.ok(!isCaughtUp);
    sink.drain();
    send(log, "6");
    assert.deepEqual(sink.ids, [1, "lost 3-4", 6]);
    assert.ok(isCaughtUp);
  });

  it("replays live events to a reader that was behind, if it is asked to", () => {
    const log = new EventLog("w", { maxEvents: 3, maxLength: 1e6 });
    const sink = new FakeSink();
    void new EventFeed(log, sink, { after: 0, wants: all, onOverflow: "replay" });
    send(log, "1");
    sink.isBehind = true;
    for (const text of ["2", "3"]) send(log, text);
    assert.deepEqual(sink.ids, [1]);
    sink.drain();
    send(log, "4");
    assert.deepEqual(sink.ids, [1, 2, 3, 4]);
    sink.isBehind = true;
    for (const text of ["5", "6", "7", "8"]) send(log, text);
    sink.drain();
    assert.deepEqual(sink.ids, [1, 2, 3, 4, "lost 5-5", 6, 7, 8], "the log has three events");
  });

  it("sends nothing after its end", async () => {
    const log = new EventLog("w");
    const sink = new FakeSink();
    await new EventFeed(log, sink, { after: 0, wants: all }).dispose();
    send(log, "1");
    assert.deepEqual(sink.ids, []);
  });
});
