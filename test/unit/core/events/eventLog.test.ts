import assert from "node:assert/strict";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";

const output = (text: string) =>
  ({ type: "command-output", executionId: "exec-1-1", output: text, stream: "stdout" }) as const;

describe("EventLog", () => {
  it("numbers events without gaps, and reads on from a cursor", () => {
    const log = new EventLog("w");
    const heard: number[] = [];
    log.onDidAppend(({ eventId }) => heard.push(eventId));
    for (const text of ["a", "b", "c"]) log.append(output(text));
    assert.deepEqual(heard, [1, 2, 3]);
    assert.deepEqual(
      log.read(1).events.map(({ eventId }) => eventId),
      [2, 3],
    );
    assert.equal(log.read(1).lost, undefined);
    assert.deepEqual(log.read(99).events, []);
  });

  it("reports the events that the ring has evicted", () => {
    const log = new EventLog("w", { maxEvents: 5, maxLength: 1e9 });
    for (let n = 1; n <= 23; n++) log.append(output(String(n)));
    const { events, lost } = log.read(10);
    assert.deepEqual(lost, { from: 11, to: 18 });
    assert.deepEqual(
      events.map(({ eventId }) => eventId),
      [19, 20, 21, 22, 23],
    );
  });

  it("keeps the small events that came before a 3 MiB and an 8 MiB answer", async () => {
    const agent = new FakeAgent();
    const piece = "z".repeat(64 * 1024);
    agent.turn = async ({ args: [pieces] }, context) => {
      for (let count = 0; count < Number(pieces); count++) context.output(piece);
      return { kind: "completed" };
    };
    const { dispatcher, events } = makeCore({ agent });
    for (let count = 0; count < 50; count++) await (await dispatcher.submit({ command: "echo" })).settled;
    for (const pieces of ["48", "128"]) {
      const execution = await dispatcher.submit({ command: "kiro.cli.chat", args: [pieces] });
      await execution.settled;
      const last = events.read(events.lastId - 2).events.find(({ type }) => type === "command-completed");
      assert.ok(last?.type === "command-completed", "the end still tells the whole output");
      assert.equal(last.output.length, Number(pieces) * piece.length);
    }
    const { events: kept, lost } = events.read(0);
    assert.equal(lost, undefined);
    assert.equal(kept.filter(({ type }) => type === "command-started").length, 52);
  });

  it("is bounded by the memory that its events hold, whatever their source", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("z".repeat(1024 * 1024));
      return { kind: "completed" };
    };
    const { dispatcher, events } = makeCore({ agent });
    for (let count = 0; count < 40; count++) {
      await (await dispatcher.submit({ command: "no.such", args: ["y".repeat(1024 * 1024)] })).settled;
      await (await dispatcher.submit({ command: "kiro.cli.chat", args: ["go"] })).settled;
    }
    let text = 0;
    for (const event of events.read(0).events) {
      if (event.type === "command-started") text += event.args.join("").length;
      if (event.type === "command-output") text += event.output.length;
    }
    assert.ok(text > 12 * 1024 * 1024 && text < 16 * 1024 * 1024, String(text));
  });

  it("is bounded by text as well as by count", () => {
    const log = new EventLog("w", { maxEvents: 1000, maxLength: 10_000 });
    for (let n = 0; n < 100; n++) log.append(output("x".repeat(1000)));
    assert.ok(log.read(0).events.length <= 9);
    assert.equal(log.lastId, 100);
  });
});

describe("The events of several windows in one log", () => {
  const theirs = (windowEventId: number, windowId = "w2", more: object = {}) =>
    ({
      ...output(`${windowId} ${windowEventId}`),
      eventId: 900,
      timestamp: "then",
      windowId,
      windowEventId,
      ...more,
    }) as const;
  const numbers = (events: Iterable<BridgeEvent>) =>
    [...events].map(({ eventId, windowId, windowEventId }) => [eventId, windowId, windowEventId]);
  const all = (): boolean => true;

  it("have one sequence, and keep their window, number, time and content", () => {
    const log = new EventLog("w1");
    log.append(output("a"));
    const imported = log.import(theirs(1));
    log.append(output("b"));
    assert.deepEqual(imported, { ...theirs(1), eventId: 2 });
    assert.deepEqual(numbers(log.read(0).events), [
      [1, "w1", 1],
      [2, "w2", 1],
      [3, "w1", 2],
    ]);
  });

  it("are imported once each, in order, however often they are sent", () => {
    const log = new EventLog("w1");
    const heard: BridgeEvent[] = [];
    log.onDidAppend((event) => heard.push(event));
    for (const n of [1, 2, 1, 2, 3, 3]) log.import(theirs(n));
    log.import(theirs(1, "w3"));
    assert.deepEqual(numbers(heard), [
      [1, "w2", 1],
      [2, "w2", 2],
      [3, "w2", 3],
      [4, "w3", 1],
    ]);
    assert.deepEqual([log.lastImportedOf("w2"), log.lastImportedOf("w3"), log.lastImportedOf("w4")], [3, 1, 0]);
    assert.equal(log.import(theirs(1, "w1")), undefined, "no other window has events of this one");
  });

  it("are reported as lost if their window no longer has them, also if it does not say so", () => {
    const log = new EventLog("w1");
    const lost = (eventId: number, lostFrom: number, lostTo: number) => ({
      type: "events-lost",
      from: eventId,
      to: eventId,
      eventId,
      windowId: "w1",
      lostWindowId: "w2",
      lostFrom,
      lostTo,
    });
    const untimed = (event: BridgeEvent | undefined) => {
      assert.ok(event !== undefined);
      const { timestamp, ...rest } = event;
      assert.ok(timestamp !== "");
      return rest;
    };
    assert.deepEqual(untimed(log.importLost("w2", 1, 3)), lost(1, 1, 3));
    assert.equal(log.importLost("w2", 1, 3), undefined);
    log.import(theirs(4));
    assert.deepEqual(untimed(log.importLost("w2", 2, 6)), lost(3, 5, 6));
    log.import(theirs(9));
    assert.deepEqual(untimed(log.read(3).events[0]), lost(4, 7, 8));
    assert.equal(log.importLost("w1", 1, 3), undefined);
  });

  it("leave the sequence of the window as it is", () => {
    const log = new EventLog("w1");
    const heard: BridgeEvent[] = [];
    log.own.onDidAppend((event) => heard.push(event));
    log.append(output("a"));
    log.import(theirs(1));
    log.importLost("w2", 2, 5);
    log.append(output("b"));
    const own = [
      [1, "w1", 1],
      [2, "w1", 2],
    ];
    assert.deepEqual([numbers(heard), numbers(log.own.since(0, all)), log.own.lastId], [own, own, 2]);
    assert.deepEqual(numbers(log.own.since(1, all)), own.slice(1));
    assert.deepEqual(numbers(log.own.since(0, ({ eventId }) => eventId !== 1)), own.slice(1));
    assert.equal(log.own.lostSince(0), undefined);
  });

  it("are evicted together, and each sequence reports what it has lost", () => {
    const log = new EventLog("w1", { maxEvents: 4, maxLength: 1e6 });
    for (let n = 1; n <= 5; n++) {
      log.append(output("x".repeat(2000)));
      log.import(theirs(n));
    }
    assert.deepEqual(log.lostSince(0), { from: 1, to: 6 });
    assert.deepEqual(
      [log.own.lostSince(0), log.own.lostSince(2), log.own.lostSince(3)],
      [{ from: 1, to: 3 }, { from: 3, to: 3 }, undefined],
    );
    assert.deepEqual(numbers(log.own.since(3, all)), [
      [4, "w1", 4],
      [5, "w1", 5],
    ]);
    assert.equal([...log.own.since(4, all)].map((event) => "output" in event && event.output.length)[0], 2000);
  });

  it("are all new to a reader of an earlier epoch", () => {
    const log = new EventLog("w1");
    log.append(output("a"));
    const { epoch } = log;
    assert.equal(log.positionOf({ since: 1, epoch }), 1);
    log.beginEpoch();
    assert.notEqual(log.epoch, epoch);
    log.import(theirs(1));
    assert.deepEqual([log.positionOf({ since: 1, epoch }), log.positionOf({ since: 1, epoch: log.epoch })], [0, 1]);
    assert.equal(log.lastId, 2);
  });

  it("are all new to a reader without an epoch, if its ID is from before this one", () => {
    const log = new EventLog("w1");
    for (const text of ["a", "b", "c"]) log.append(output(text));
    assert.equal(log.positionOf({ since: 2 }), 2);
    log.beginEpoch();
    log.append(output("d"));
    assert.deepEqual(
      [log.positionOf({ since: 2 }), log.positionOf({ since: 3 }), log.positionOf({ since: 5 })],
      [0, 3, 0],
    );
  });

  it("are those of the latest 256 windows, of which it is known what was imported", () => {
    const log = new EventLog("w1");
    for (let n = 0; n < 256; n++) log.import(theirs(1, `other-${n}`));
    log.import(theirs(2, "other-0"));
    log.import(theirs(1, "one more"));
    assert.deepEqual(
      [log.lastImportedOf("other-0"), log.lastImportedOf("other-1"), log.lastImportedOf("other-2")],
      [2, 0, 1],
    );
  });

  it("may be of a type that only a newer version knows, and are bounded like others", () => {
    const log = new EventLog("w1", { maxEvents: 1000, maxLength: 10_000 });
    for (let n = 1; n <= 50; n++)
      log.import(theirs(n, "w2", { type: "of-the-future", text: "x".repeat(1000), output: 7 }));
    const kept = log.read(0).events.length;
    assert.ok(kept > 1 && kept < 10, String(kept));
  });
});
