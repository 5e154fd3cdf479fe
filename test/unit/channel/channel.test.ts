import assert from "node:assert/strict";
import * as z from "zod";
import { bindMethods, Channel, MAX_IN_FLIGHT } from "../../../src/channel/channel.ts";
import { BridgeError, messageOf } from "../../../src/protocol/errors.ts";

const schemas = {
  double: z.strictObject({ number: z.int() }),
  hold: z.strictObject({}).optional(),
  fail: z.strictObject({}).optional(),
};

describe("Channel", () => {
  let held: PromiseWithResolvers<string>;
  let errors: (readonly [code: string, method: string])[];
  let channel: Channel;

  beforeEach(() => {
    held = Promise.withResolvers();
    errors = [];
    const handlers = {
      double: ({ number }: { number: number }) => 2 * number,
      hold: () => held.promise,
      fail: () => {
        throw new Error("broken");
      },
    };
    channel = new Channel({
      methods: bindMethods({ schemas, handlers }),
      toError: (thrown) =>
        thrown instanceof BridgeError ? thrown : new BridgeError("INTERNAL_ERROR", messageOf(thrown)),
      onError: ({ code }, method) => errors.push([code, method]),
    });
  });

  const codeOf = async (request: unknown): Promise<string | undefined> => {
    const reply = await channel.handle(request);
    return "error" in reply ? reply.error.code : undefined;
  };

  it("gives each request one reply with its id, in the order in which they are done", async () => {
    const replies: unknown[] = [];
    const both = [
      channel.handle({ id: 1, method: "hold" }).then((reply) => replies.push(reply)),
      channel.handle({ id: "two", method: "double", params: { number: 21 } }).then((reply) => replies.push(reply)),
    ];
    await both[1];
    held.resolve("done");
    await Promise.all(both);
    assert.deepEqual(replies, [
      { id: "two", result: 42 },
      { id: 1, result: "done" },
    ]);
  });

  it("rejects methods that are not in its table, and params that do not fit their method", async () => {
    for (const method of ["", "constructor", "__proto__", "Double"]) {
      assert.equal(await codeOf({ id: 1, method }), "VALIDATION_FAILED", method);
    }
    assert.equal(await codeOf({ id: 1, method: "double", params: { number: "1" } }), "VALIDATION_FAILED");
    assert.equal(await codeOf({ id: 1, method: "double", params: { number: 1, more: 2 } }), "VALIDATION_FAILED");
  });

  it("replies to anything, with a null id if there is none", async () => {
    for (const noise of [undefined, null, 7, "double", [], {}, { id: [1], method: "double" }]) {
      const { id } = await channel.handle(noise);
      assert.equal(id, null);
    }
    assert.equal((await channel.handle({ id: 5 })).id, 5);
  });

  it("reports errors by the method's name, and never a name that a client made up", async () => {
    await channel.handle({ id: 1, method: "fail" });
    await channel.handle({ id: 1, method: "a secret" });
    assert.deepEqual(errors, [
      ["INTERNAL_ERROR", "fail"],
      ["VALIDATION_FAILED", "(none)"],
    ]);
  });

  it("limits how many requests are in progress", async () => {
    const holding = Array.from({ length: MAX_IN_FLIGHT }, (_, id) => channel.handle({ id, method: "hold" }));
    assert.equal(await codeOf({ id: "more", method: "double", params: { number: 1 } }), "RATE_LIMIT_EXCEEDED");
    held.resolve("done");
    await Promise.all(holding);
    assert.equal(await codeOf({ id: "more", method: "double", params: { number: 1 } }), undefined);
  });
});
