import assert from "node:assert/strict";
import { ReceivedEvents } from "../../../../src/windows/group/receivedEvents.ts";

const MEBI = 1024 * 1024;

describe("ReceivedEvents", () => {
  it("refuses an event of more than 64 Mi characters before it is complete", () => {
    const received = new ReceivedEvents("member", 0);
    const part = { type: "part", text: "x".repeat(MEBI), isLast: false } as const;
    for (let count = 0; count < 64; count++) assert.equal(received.take(part).kind, "part");
    assert.deepEqual(received.take(part), { kind: "wrong", detail: "an event is too long" });
  });

  it("refuses parts that are not the JSON of an event", () => {
    for (const text of ["{", "null", '{"type":"command-output"}']) {
      const received = new ReceivedEvents("member", 0);
      assert.equal(received.take({ type: "part", text, isLast: true }).kind, "wrong");
    }
  });
});
