import assert from "node:assert/strict";
import { mock } from "node:test";
import * as fc from "fast-check";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import { OutputCoalescer } from "../../../../src/core/executions/outputCoalescer.ts";
import type { BridgeEvent, EventPayload } from "../../../../src/protocol/events.ts";
import { nextEvent } from "../../../support/events.ts";

const output = (executionId: string, text: string, stream: "stdout" | "stderr" = "stdout"): EventPayload => ({
  type: "command-output",
  executionId,
  output: text,
  stream,
});
const tool = (executionId: string): EventPayload => ({ type: "tool-call", executionId, toolCallId: "t", title: "x" });

describe("OutputCoalescer", () => {
  let log: EventLog;
  let outputs: OutputCoalescer;
  const told = () => log.read(0).events.map(spell);

  beforeEach(() => {
    log = new EventLog("w");
    outputs = new OutputCoalescer(log);
  });

  function spell(event: BridgeEvent): string {
    if (event.type === "command-output") return `${event.executionId}:${event.output}`;
    return "executionId" in event ? `${event.executionId}!` : event.type;
  }

  it("merges the chunks of one turn of the event loop into one event", async () => {
    const heard = nextEvent(log, "command-output");
    for (const text of ["a", "b", "c"]) outputs.append(output("1", text));
    assert.deepEqual(told(), []);
    await heard;
    assert.deepEqual(told(), ["1:abc"]);
  });

  it("emits rapid chunks every 4 ms, and a chunk after a pause immediately", () => {
    let time = 1000;
    mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
    const tick = (ms: number): void => {
      time += ms;
      mock.timers.tick(ms);
    };
    try {
      const paced = new OutputCoalescer(log, () => time);
      paced.append(output("1", "a"));
      tick(0);
      assert.deepEqual(told(), ["1:a"]);
      tick(1);
      for (const text of ["b", "c"]) paced.append(output("1", text));
      tick(2);
      paced.append(output("1", "d"));
      assert.deepEqual(told(), ["1:a"]);
      tick(1);
      assert.deepEqual(told(), ["1:a", "1:bcd"]);
      tick(50);
      paced.append(output("1", "e"));
      tick(0);
      assert.deepEqual(told(), ["1:a", "1:bcd", "1:e"]);
    } finally {
      mock.timers.reset();
    }
  });

  it("merges up to 64 KiB, and passes a longer chunk on unchanged", () => {
    const chunk = "x".repeat(30_000);
    for (let count = 0; count < 3; count++) outputs.append(output("1", chunk));
    assert.deepEqual(
      told().map(({ length }) => length - 2),
      [60_000],
    );
    outputs.append(output("1", "y".repeat(200_000)));
    assert.deepEqual(
      told().map(({ length }) => length - 2),
      [60_000, 30_000, 200_000],
    );
  });

  it("emits buffered output before any other event", () => {
    outputs.append(output("1", "a"));
    outputs.append(tool("1"));
    outputs.append(output("1", "b"));
    outputs.append(output("1", "warning", "stderr"));
    outputs.append(output("2", "c"));
    outputs.append(tool("2"));
    assert.deepEqual(told(), ["1:a", "1!", "1:b", "1:warning", "2:c", "2!"]);
  });

  it("keeps every character in the order of arrival", () => {
    const step = fc.record({
      id: fc.constantFrom("1", "2"),
      text: fc.string({ minLength: 1, maxLength: 5 }),
      isTool: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        log = new EventLog("w");
        outputs = new OutputCoalescer(log);
        for (const { id, text, isTool } of steps) outputs.append(isTool ? tool(id) : output(id, text));
        outputs.dispose();
        const single = steps.flatMap(({ id, text, isTool }) =>
          isTool ? [`${id}!`] : text.split("").map((char) => `${id}:${char}`),
        );
        const events = log
          .read(0)
          .events.flatMap((event) =>
            event.type === "command-output"
              ? event.output.split("").map((char) => `${event.executionId}:${char}`)
              : [spell(event)],
          );
        assert.deepEqual(events, single);
      }),
    );
  });

  it("leaves no timer behind when it is disposed", () => {
    outputs.append(output("1", "a"));
    outputs.dispose();
    assert.deepEqual(told(), ["1:a"]);
    assert.ok(!process.getActiveResourcesInfo().includes("Immediate"));
  });
});
