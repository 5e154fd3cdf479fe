import assert from "node:assert/strict";
import { Connection } from "../../../../src/client/socket/connection.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { TestClock } from "../../../support/testClock.ts";
import { TestTransport } from "../../dashboard/state/linkedTransports.ts";

/** The methods of these tests. */
interface Methods {
  readonly double: { readonly params: { readonly n: number }; readonly result: number };
  readonly status: { readonly params: undefined; readonly result: string };
}

describe("Connection", () => {
  let transport: TestTransport;
  let connection: Connection<Methods>;

  beforeEach(() => {
    transport = new TestTransport();
    connection = new Connection(transport);
  });
  afterEach(() => connection.dispose());

  it("settles each call with its own reply, in any order", async () => {
    const first = connection.call("double", { n: 1 });
    const second = connection.call("double", { n: 2 });
    assert.deepEqual(transport.sent, [
      { id: 1, method: "double", params: { n: 1 } },
      { id: 2, method: "double", params: { n: 2 } },
    ]);
    transport.deliver({ id: 2, result: 4 });
    transport.deliver({ id: 1, result: 2 });
    assert.deepEqual(await Promise.all([first, second]), [2, 4]);
  });

  it("rejects with the error of the other side", async () => {
    const call = connection.call("double", { n: 1 });
    transport.deliver({ id: 1, error: new BridgeError("NOT_FOUND", "gone", { a: 1 }).toBody() });
    await assert.rejects(call, { name: "KiroBridgeError", code: "NOT_FOUND", message: "gone", context: { a: 1 } });
  });

  it("rejects all calls with the error with which it was closed, also later ones", async () => {
    const call = connection.call("status", undefined);
    const error = new Error("the end");
    connection.close(error);
    connection.close(new Error("again"));
    await assert.rejects(call, error);
    await assert.rejects(connection.call("status", undefined), error);
    assert.equal(transport.sent.length, 1);
  });

  it("rejects with the reason of a signal, and ignores the reply", async () => {
    const controller = new AbortController();
    const call = connection.call("status", undefined, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(call, { message: "enough" });
    transport.deliver({ id: 1, result: "late" });
    await assert.rejects(connection.call("status", undefined, { signal: controller.signal }), { message: "enough" });
    assert.equal(transport.sent.length, 1, "a call that is aborted is not sent");
  });

  it("rejects a call that is not answered within its deadline", async () => {
    const clock = TestClock.stopped();
    try {
      const call = connection.call("status", undefined, { timeoutMs: 1000 });
      const told = connection.call("status", undefined, { timeoutMs: 1000, lateMessage: "No answer." });
      clock.pass(1000);
      await assert.rejects(call, {
        code: "OPERATION_TIMEOUT",
        recoverable: true,
        context: { operation: "status", timeoutMs: 1000 },
      });
      await assert.rejects(told, { code: "OPERATION_TIMEOUT", message: "No answer." });
    } finally {
      clock.release();
    }
  });

  it("rejects a call that cannot be sent", async () => {
    transport.host = () => {
      throw new Error("not open");
    };
    await assert.rejects(connection.call("status", undefined), { message: "not open" });
  });

  it("takes a result before anything that is received after it", async () => {
    const seen: unknown[] = [];
    connection.onDidPush((message) => seen.push(message));
    const call = connection.call("status", undefined, { onResult: (result) => seen.push(result) });
    transport.deliver("before");
    transport.deliver({ id: 1, result: "reply" });
    transport.deliver("after");
    assert.deepEqual(seen, ["before", "reply", "after"]);
    assert.equal(await call, "reply");
  });

  it("pushes what is not a reply, and ignores replies to other calls", () => {
    const pushed: unknown[] = [];
    connection.onDidPush((message) => pushed.push(message));
    const others = [undefined, 7, "text", { type: "event" }, { id: {}, result: 1 }, { id: 1, error: "text" }];
    for (const message of [...others, { id: 99, result: 1 }, { id: null, error: {} }]) transport.deliver(message);
    assert.deepEqual(pushed, others);
  });
});
