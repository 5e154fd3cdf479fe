import assert from "node:assert/strict";
import { Connection } from "../../../../src/client/socket/connection.ts";
import type { DashboardPush } from "../../../../src/dashboard/contract/dashboard.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { TestTransport } from "../../dashboard/state/linkedTransports.ts";

describe("Connection", () => {
  let transport: TestTransport;
  let connection: Connection;

  beforeEach(() => {
    transport = new TestTransport();
    connection = new Connection(transport);
  });
  afterEach(() => connection.dispose());

  it("settles each call with its own reply, in any order", async () => {
    const first = connection.call("cancel", { executionId: "a" });
    const second = connection.call("cancel", { executionId: "b" });
    transport.deliver({ id: 2, result: { how: "dequeued" } });
    transport.deliver({ id: 1, result: { how: "killed" } });
    assert.deepEqual(await Promise.all([first, second]), [{ how: "killed" }, { how: "dequeued" }]);
  });

  it("rejects with the error of the host", async () => {
    const call = connection.call("cancel", { executionId: "a" });
    transport.deliver({ id: 1, error: new BridgeError("NOT_FOUND", "gone", { a: 1 }).toBody() });
    await assert.rejects(call, { code: "NOT_FOUND", message: "gone", context: { a: 1 } });
  });

  it("settles pending calls when it is disposed, and rejects further ones", async () => {
    const call = connection.call("metrics");
    await connection.dispose();
    await assert.rejects(call, { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(connection.call("metrics"), { code: "KIRO_UNAVAILABLE" });
  });

  it("fires pushes, and ignores what is neither a reply nor a push", () => {
    const heard: DashboardPush[] = [];
    connection.onDidPush((push) => heard.push(push));
    for (const noise of [undefined, 7, "text", { type: "webpackOk" }, { type: "events" }, { id: 99, result: 1 }]) {
      transport.deliver(noise);
    }
    transport.deliver({ type: "events", epoch: "e", events: [{ type: "events-lost", eventId: 4 }], eventId: 4 });
    assert.deepEqual(
      heard.map(({ type }) => type),
      ["events"],
    );
  });
});
