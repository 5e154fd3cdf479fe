import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { itemIdOf } from "../../../../../src/gateways/openai/responses/outputItems.ts";
import {
  KEPT_MS,
  type KeptResponse,
  KeptResponses,
  MAX_RESPONSES,
  MAX_TOTAL_WEIGHT,
  MAX_WEIGHT,
} from "../../../../../src/gateways/openai/responses/keptResponses.ts";
import { TestClock } from "../../../../support/testClock.ts";

function response(size = 1, conversationId = "conv_1"): KeptResponse {
  const id = randomUUID().replaceAll("-", "");
  return {
    body: {
      id: `resp_${id}`,
      object: "response",
      status: "completed",
      output: [
        { id: itemIdOf("rs", id, 0), type: "reasoning", summary: [{ type: "summary_text", text: "x".repeat(size) }] },
      ],
    },
    conversation: { id: conversationId, instructions: undefined, messages: [] },
  };
}

describe("Kept responses", () => {
  let clock: TestClock;
  let kept: KeptResponses;
  beforeEach(() => {
    clock = TestClock.stopped();
    kept = new KeptResponses();
  });
  afterEach(() => {
    kept.dispose();
    clock.release();
  });

  it("are found by their ID, their conversation and their items, by their own principal only", () => {
    const one = response();
    kept.keep("a", one);
    const { id, output } = one.body;
    const item = output[0];
    assert.ok(item !== undefined);
    assert.deepEqual([kept.get("a", id), kept.newestOf("a", "conv_1"), kept.findItem("a", item.id)], [one, one, item]);
    assert.deepEqual(
      [kept.get("b", id), kept.newestOf("b", "conv_1"), kept.findItem("b", item.id)],
      [undefined, undefined, undefined],
    );
    assert.ok(!kept.delete("b", id));
    assert.equal(kept.get("a", id), one);
  });

  it("are gone once they are deleted", () => {
    const one = response();
    kept.keep("a", one);
    assert.ok(kept.delete("a", one.body.id));
    assert.equal(kept.get("a", one.body.id), undefined);
    assert.ok(!kept.delete("a", one.body.id));
  });

  it("are gone after an hour", () => {
    const one = response();
    kept.keep("a", one);
    clock.pass(KEPT_MS - 1);
    assert.equal(kept.get("a", one.body.id), one);
    clock.pass(1);
    assert.deepEqual([kept.get("a", one.body.id), kept.newestOf("a", "conv_1")], [undefined, undefined]);
  });

  it("have the newest of a conversation", () => {
    const [first, second, other] = [response(), response(), response(1, "conv_2")];
    for (const one of [first, second, other]) kept.keep("a", one);
    assert.equal(kept.newestOf("a", "conv_1"), second);
  });

  it("are replaced by their later state", () => {
    const one = response();
    kept.keep("a", { body: { ...one.body, status: "in_progress" } });
    kept.keep("a", one);
    assert.equal(kept.get("a", one.body.id), one);
  });

  it("are limited in number, the oldest first", () => {
    const all = Array.from({ length: MAX_RESPONSES + 1 }, () => response());
    for (const one of all) kept.keep("a", one);
    const found = all.map(({ body }) => kept.get("a", body.id) !== undefined);
    assert.deepEqual([found[0], found.slice(1).every(Boolean)], [false, true]);
  });

  it("are limited in weight, but the newest is kept", () => {
    const [first, second, third] = [response(MAX_WEIGHT / 2), response(MAX_WEIGHT / 2), response(MAX_WEIGHT * 2)];
    for (const one of [first, second]) kept.keep("a", one);
    assert.deepEqual([kept.get("a", first.body.id), kept.get("a", second.body.id)], [undefined, second]);
    kept.keep("a", third);
    assert.deepEqual([kept.get("a", second.body.id), kept.get("a", third.body.id)], [undefined, third]);
  });

  it("of all principals together are limited in weight, at the expense of the one that has been silent longest", () => {
    const size = MAX_WEIGHT - 1000;
    const all = Array.from({ length: MAX_TOTAL_WEIGHT / MAX_WEIGHT + 1 }, (_, index) => ({
      by: `p${index}`,
      one: response(size),
    }));
    for (const { by, one } of all) kept.keep(by, one);
    assert.deepEqual(
      all.map(({ by, one }) => kept.get(by, one.body.id) !== undefined),
      all.map((_, index) => index > 0),
    );
  });
});
