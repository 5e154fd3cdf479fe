import assert from "node:assert/strict";
import { MessageIds } from "../../../../../src/plugins/bus/broker/messageIds.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("The ids of messages", () => {
  it("are UUIDs, all different, also those of traces and spans, and of several brokers", () => {
    const seen = { message: new Set<string>(), trace: new Set<string>(), span: new Set<string>() };
    for (const ids of [new MessageIds(), new MessageIds()]) {
      for (let count = 0; count < 10_000; count++) {
        const ending = ids.next();
        const { traceId = "", spanId = "" } = ids.headers(ending, undefined);
        seen.message.add(ids.messageId(ending));
        seen.trace.add(traceId);
        seen.span.add(spanId);
      }
    }
    assert.deepEqual(
      Object.values(seen).map(({ size }) => size),
      [20_000, 20_000, 20_000],
    );
    assert.ok([...seen.message].every((id) => UUID.test(id)));
    assert.ok([...seen.trace].every((id) => /^[0-9a-f]{32}$/.test(id)));
    assert.ok([...seen.span].every((id) => /^[0-9a-f]{16}$/.test(id)));
  });
});
