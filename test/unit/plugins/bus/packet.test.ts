import assert from "node:assert/strict";
import type { Message } from "../../../../src/plugins/bus/message.ts";
import { packetOf } from "../../../../src/plugins/bus/packet.ts";

const message: Message = {
  messageId: "id",
  timestamp: "2026-01-01T00:00:00.000Z",
  source: "a",
  destination: "*",
  topic: "t",
  messageType: "event",
  priority: 5,
  headers: {},
  payload: 1,
  metadata: {},
};
const at = (ms: number) => new Date(ms).toISOString();

describe("A packet", () => {
  it("expires at a time of the monotonic clock, which does not jump", () => {
    const wallTimeMs = Date.now();
    const { expiresAtMs } = packetOf({ ...message, metadata: { expiresAt: at(wallTimeMs + 3_600_000) } }, 10, 500);
    assert.ok(Math.abs(expiresAtMs - 3_600_500) < 60_000);
  });

  it("freezes its message", () => {
    const { message: frozen } = packetOf(structuredClone({ ...message, payload: { list: [{}] } }), 10, 0);
    for (const part of [frozen, frozen.headers, frozen.payload, frozen.payload.list[0]])
      assert.ok(Object.isFrozen(part));
  });

  it("weighs its objects, however deeply they are nested", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    assert.ok(packetOf({ ...message, payload: deep }, 100_000, 0).bytes > 50_000 * 50);
  });

  it("never expires without a time, and with one that is none", () => {
    assert.equal(packetOf(message, 10, 500).expiresAtMs, Number.POSITIVE_INFINITY);
    assert.equal(
      packetOf({ ...message, metadata: { expiresAt: "soon" } }, 10, 0).expiresAtMs,
      Number.POSITIVE_INFINITY,
    );
  });
});
