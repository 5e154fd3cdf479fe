import assert from "node:assert/strict";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";

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
