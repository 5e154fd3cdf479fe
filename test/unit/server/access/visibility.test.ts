import assert from "node:assert/strict";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { type SocketMessage, SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { openAs, runAs } from "./accessRig.ts";

const ASYNC = { Prefer: "respond-async" };

describe("The executions and events of other principals", () => {
  const principals = new FakePrincipals();
  const other = principals.add("other");
  const own = principals.add("own");
  const answering = principals.add("answering", { scopes: ["commands:run", "inputs:answer:own"] });
  const viewer = principals.add("viewer", { role: "viewer" });
  const all = [other, own, answering, viewer];
  let bridge: TestBridge;
  let release: () => void;
  let othersId: string;
  let ownId: string;

  beforeEach(async () => {
    const held = Promise.withResolvers<void>();
    release = held.resolve;
    bridge = await startTestBridge({ principals, commands: { "test.hold": () => held.promise } });
    othersId = await runAs(bridge, other, { command: "test.echo", args: ["needle of the other"] });
    ownId = await runAs(bridge, own, { command: "test.echo", args: ["needle of my own"] });
  });
  afterEach(async () => {
    release();
    await bridge.dispose();
  });

  const idsOf = (list: unknown): unknown[] => {
    assert.ok(Array.isArray(list));
    return list.map((record: unknown) => Reflect.get(Object(record), "id"));
  };
  const listAs = async (principal: (typeof all)[number], query = "") => {
    const { json } = await bridge.callAs(principal, `/api/kiro/executions${query}`);
    return { ids: idsOf(json["executions"]), cursor: json["nextCursor"] };
  };
  const typesFor = ({ messages }: SocketClient, id: string) =>
    messages.filter(({ executionId }) => executionId === id).map(({ type }) => type);

  it("are in no list, page or search of a client that may see its own only", async () => {
    assert.deepEqual(await listAs(own), { ids: [ownId], cursor: undefined });
    assert.deepEqual(await listAs(own, "?search=needle"), { ids: [ownId], cursor: undefined });
    assert.deepEqual(await listAs(other, "?limit=1"), { ids: [othersId], cursor: undefined });
    assert.deepEqual(await listAs(own, `?cursor=${ownId}`), { ids: [], cursor: undefined });
    assert.deepEqual((await listAs(viewer)).ids, [ownId, othersId]);
    assert.deepEqual(idsOf((await bridge.call("/api/kiro/executions")).json["executions"]), [ownId, othersId]);
  });

  it("are like unknown ones: the response to a GET, a wait, a stream, a cancel and an answer is the same", async () => {
    const running = await runAs(bridge, other, { command: "test.hold" }, ASYNC);
    const responses = async (id: string) => {
      const path = `/api/kiro/executions/${id}`;
      const input = { body: { executionId: id, type: "text", value: "x" } };
      const answers = [
        await bridge.callAs(own, path),
        await bridge.callAs(own, `${path}?wait=1`),
        await bridge.callAs(own, `${path}/events`),
        await bridge.callAs(own, `${path}/cancel`, { method: "POST" }),
        await bridge.callAs(answering, "/api/kiro/input", input),
      ];
      return answers.map(({ status, json }) => ({ status, ...json, timestamp: "" }));
    };
    const unknown = await responses("exec-1-1-abc");
    assert.deepEqual(
      unknown.map(({ status }) => status),
      [404, 404, 404, 404, 404],
    );
    assert.deepEqual(await responses(othersId), unknown);
    assert.deepEqual(await responses(running), unknown);
    assert.equal((await bridge.callAs(other, `/api/kiro/executions/${running}`)).json["status"], "running");
  });

  it("are not in the events of a WebSocket, live or replayed, also if it subscribes to one", async () => {
    const mine = await SocketClient.open(bridge, { path: "/ws?since=0", token: own.token });
    const theirs = await SocketClient.open(bridge, { path: "/ws?since=0", token: viewer.token });
    const wanting = await SocketClient.open(bridge, { path: `/ws?since=0&executionId=${othersId}`, token: own.token });
    const later = await runAs(bridge, other, { command: "test.echo", args: ["later"] });
    const last = await runAs(bridge, own, { command: "test.echo", args: ["last"] });
    const isLast = (message: SocketMessage) =>
      message["executionId"] === last && message["type"] === "command-completed";
    await Promise.all([mine.waitFor(isLast), theirs.waitFor(isLast)]);
    await wanting.ask("subscribe", { since: 0, executionId: later });
    await wanting.ask("subscribe", { since: 0, executionId: last });
    await wanting.waitFor(isLast);
    assert.deepEqual(typesFor(mine, last), typesFor(theirs, last));
    assert.ok(typesFor(theirs, later).includes("command-completed") && typesFor(theirs, othersId).length > 0);
    for (const client of [mine, wanting]) {
      assert.doesNotMatch(JSON.stringify(client.messages), new RegExp(`${othersId}|${later}|of the other|later`));
    }
    for (const client of [mine, theirs, wanting]) client.close();
  });

  it("are not in the stream of events, live or replayed", async () => {
    const stream = openAs(bridge, own, "/api/kiro/events?since=0");
    await stream.receives(new RegExp(`command-completed.*\n.*\n.*${ownId}`));
    const later = await runAs(bridge, other, { command: "test.echo", args: ["later"] });
    const last = await runAs(bridge, own, { command: "test.echo", args: ["last"] });
    const text = await stream.receives(new RegExp(`command-completed.*\n.*\n.*${last}`));
    assert.doesNotMatch(text, new RegExp(`${othersId}|${later}|of the other|later`));
  });

  it("cause no events-lost when they are lost, and the client's own do", async () => {
    const { events } = bridge.core;
    const flood = (principalId: string, count: number): void => {
      const output = {
        type: "command-output",
        executionId: "exec-1",
        principalId,
        output: "x",
        stream: "stdout",
      } as const;
      for (let made = 0; made < count; made++) events.append(output);
    };
    const since = events.lastId;
    flood("other", 10_001);
    const lostFor = async (token: string, since: number): Promise<SocketMessage[]> => {
      const client = await SocketClient.open(bridge, { path: `/ws?since=${since}`, token });
      const id = await runAs(bridge, own, { command: "test.echo", args: ["end"] });
      await client.waitFor(({ executionId, type }) => executionId === id && type === "command-completed");
      client.close();
      return client.messages.filter(({ type }) => type === "events-lost");
    };
    assert.deepEqual(await lostFor(own.token, since), []);
    assert.equal((await lostFor(viewer.token, since)).length, 1);
    assert.equal((await lostFor(own.token, 0)).length, 1);
  });
});
