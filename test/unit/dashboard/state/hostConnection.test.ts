import assert from "node:assert/strict";
import { HostConnection } from "../../../../src/dashboard/state/hostConnection.ts";
import type { DashboardPush } from "../../../../src/dashboard/contract/dashboard.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { TestClock } from "../../../support/testClock.ts";
import { TestTransport } from "./linkedTransports.ts";

describe("HostConnection", () => {
  let transport: TestTransport;
  let connection: HostConnection;

  beforeEach(() => {
    transport = new TestTransport();
    connection = new HostConnection(transport);
  });
  afterEach(() => connection.dispose());

  it("rejects with the error of the host, or tells people that there was no reply", async () => {
    const clock = TestClock.stopped();
    try {
      const late = connection.call("metrics");
      const refused = connection.call("cancel", { executionId: "a" });
      const dialog = connection.call("exportRun", { executionId: "a" });
      transport.deliver({ id: 2, error: new BridgeError("OPERATION_TIMEOUT", "too slow").toBody() });
      clock.pass(15_000);
      await assert.rejects(late, { code: "OPERATION_TIMEOUT", message: "The editor did not respond in time." });
      await assert.rejects(refused, { code: "OPERATION_TIMEOUT", message: "too slow" });
      transport.deliver({ id: 3, result: { isSaved: true } });
      assert.deepEqual(await dialog, { isSaved: true }, "a person may take longer");
    } finally {
      clock.release();
    }
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
