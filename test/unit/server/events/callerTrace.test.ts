import assert from "node:assert/strict";
import { executionSchema } from "../../../../src/protocol/executions.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { resultOf, SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const other = "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-00";

describe("The traceparent of a request", () => {
  let bridge: TestBridge;
  beforeEach(async () => {
    bridge = await startTestBridge();
  });
  afterEach(() => bridge.dispose());

  const recordOf = async (json: unknown) => {
    const id = String(Reflect.get(Object(json), "executionId"));
    return executionSchema.parse((await bridge.call(`/api/kiro/executions/${id}`)).json);
  };
  const run = async (headers: Record<string, string>) =>
    recordOf((await bridge.execute({ command: "test.echo", args: ["hi"] }, headers)).json);

  it("is in the execution, its record, and its first events", async () => {
    const { executionId, ...record } = await run({ traceparent });
    assert.equal(record.traceparent, traceparent);
    const { events } = bridge.core.events.read(0);
    const first = events.filter((event) => event.type === "command-queued" || event.type === "command-started");
    assert.deepEqual(
      first.map((event) => [event.executionId, event.traceparent]),
      first.map(() => [executionId, traceparent]),
    );
    assert.ok(first.length > 0);
  });

  it("is that of each request, and absent without a valid one", async () => {
    const traces = [{ traceparent }, {}, { traceparent: other }, { traceparent: "canary" }, { traceparent: other }];
    const found: unknown[] = [];
    for (const headers of traces) found.push((await run({ ...headers })).traceparent);
    assert.deepEqual(found, [traceparent, undefined, other, undefined, other]);
  });

  it("is a field of a request over the WebSocket, and else that of its connection", async () => {
    const headers = { Authorization: `Bearer ${TEST_TOKEN}`, traceparent };
    const client = await SocketClient.open(bridge, { headers });
    const request = { command: "test.echo", args: ["hi"] };
    const ofConnection = resultOf(await client.ask("execute", { request }));
    const own = resultOf(await client.ask("execute", { request, traceparent: other }));
    assert.deepEqual(
      [(await recordOf(ofConnection)).traceparent, (await recordOf(own)).traceparent],
      [traceparent, other],
    );
    client.close();
  });
});

describe("The traceparent of a request to another window", () => {
  let bridges: LinkedBridges;
  beforeEach(async () => {
    bridges = await startLinkedBridges({ owner: {}, member: {} });
  });
  afterEach(() => bridges.dispose());

  it("reaches the window that runs it", async () => {
    const body = { command: "test.echo", args: ["hi"], windowId: "member-window" };
    const { json } = await bridges.owner.execute(body, { traceparent });
    const execution = bridges.member.core.executions.get(String(json["executionId"]));
    assert.equal(execution?.traceparent, traceparent);
  });
});
