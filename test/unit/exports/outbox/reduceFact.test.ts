import assert from "node:assert/strict";
import { reduceFact } from "../../../../src/exports/outbox/reduceFact.ts";
import { factOf } from "../../../support/exports/facts.ts";

const TEXT = "a text of a person";
const session = factOf({ type: "session-changed", sessionId: TEXT, name: TEXT, state: TEXT });

describe("A change of a session without content", () => {
  it("has no text that an agent or a person has chosen", () => {
    const { event } = reduceFact(session, "output");
    assert.ok(!JSON.stringify(event).includes(TEXT));
    assert.ok(event.type === "session-changed" && event.sessionId !== "");
    assert.deepEqual(reduceFact(session, "none").event, event);
    assert.equal(reduceFact(session, "all"), session);
  });

  it("keeps the ID and the state if they are no texts, and is the same if it is reduced again", () => {
    const plain = factOf({ type: "session-changed", sessionId: "session-1", name: TEXT, state: "ready" });
    const reduced = reduceFact(plain, "none");
    assert.ok(reduced.event.type === "session-changed");
    assert.deepEqual([reduced.event.sessionId, reduced.event.state], ["session-1", "ready"]);
    const other = reduceFact(session, "none");
    assert.deepEqual(reduceFact(other, "none"), other);
  });
});
