import assert from "node:assert/strict";
import { EventLog } from "../../../src/core/eventLog.ts";

const output = (text: string) =>
  ({ type: "command-output", executionId: "exec-1-1", output: text, stream: "stdout" }) as const;

describe("EventLog", () => {
  it("numbers events without gaps and reads from a cursor", () => {
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

  it("announces what the ring no longer has", () => {
    const log = new EventLog("w", { maxEvents: 5, maxLength: 1e9 });
    for (let n = 1; n <= 23; n++) log.append(output(String(n)));
    const { events, lost } = log.read(10);
    assert.deepEqual(lost, { from: 11, to: 18 });
    assert.deepEqual(
      events.map(({ eventId }) => eventId),
      [19, 20, 21, 22, 23],
    );
  });

  it("is bounded by text as well as by count", () => {
    const log = new EventLog("w", { maxEvents: 1000, maxLength: 10_000 });
    for (let n = 0; n < 100; n++) log.append(output("x".repeat(1000)));
    assert.ok(log.read(0).events.length <= 9);
    assert.equal(log.lastId, 100);
  });
});
