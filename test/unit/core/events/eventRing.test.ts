import assert from "node:assert/strict";
import { EventRing } from "../../../../src/core/events/eventRing.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";

const all = (): boolean => true;

function said(eventId: number, output: string, stream: "stdout" | "stderr" = "stdout"): BridgeEvent {
  return { type: "command-output", executionId: "exec-1-1", output, stream, eventId, timestamp: "", windowId: "w" };
}

describe("EventRing", () => {
  it("returns large and small outputs unchanged, lone surrogates included", () => {
    const ring = new EventRing({ maxEvents: 100, maxLength: 100_000 }, "w");
    const outputs = ["small", "x".repeat(5000), "ä".repeat(5000), `${"y".repeat(2000)}\ud83d`, "\ude00"];
    for (const [index, output] of outputs.entries())
      ring.push(said(index + 1, output, index % 2 ? "stderr" : "stdout"));
    assert.deepEqual(
      [...ring.from(1, all)],
      outputs.map((output, index) => said(index + 1, output, index % 2 ? "stderr" : "stdout")),
    );
    assert.deepEqual(
      [...ring.from(4, all)].map(({ eventId }) => eventId),
      [4, 5],
    );
  });

  it("keeps the newest event, however large, and evicts the others for it", () => {
    const ring = new EventRing({ maxEvents: 100, maxLength: 10_000 }, "w");
    for (let id = 1; id <= 20; id++) ring.push(said(id, "x".repeat(2000)));
    ring.push(said(21, "z".repeat(50_000)));
    const [only, ...others] = ring.from(1, all);
    assert.deepEqual([only?.eventId, others, ring.firstId], [21, [], 21]);
    assert.deepEqual(only, said(21, "z".repeat(50_000)));
  });

  it("stays within its limits and consistent over many rounds of mixed sizes", () => {
    const ring = new EventRing({ maxEvents: 50, maxLength: 64_000 }, "w");
    const textOf = (id: number): string => String(id % 10).repeat((id * 977) % 9000);
    for (let id = 1; id <= 3000; id++) {
      ring.push(said(id, textOf(id), id % 3 === 0 ? "stderr" : "stdout"));
      if (id % 100 !== 0) continue;
      const kept = [...ring.from(0, all)];
      assert.equal(kept.at(-1)?.eventId, id);
      assert.ok(kept.length <= 50 && kept.length > 3, String(kept.length));
      for (const event of kept) assert.equal(event.type === "command-output" && event.output, textOf(event.eventId));
    }
  });
});
