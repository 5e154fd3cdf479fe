import assert from "node:assert/strict";
import { eventPayloads } from "../../../../src/protocol/events.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { errorCodeOf, resultOf, SocketClient } from "../../../support/socketClient.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { SocketRig } from "./socketRig.ts";

describe("The WebSocket of events", () => {
  const rig = new SocketRig();
  const types = (client: SocketClient) => client.events.map(({ type }) => type);
  const echo = (text: string) => rig.bridge.execute({ command: "test.echo", args: [text] });

  beforeEach(() => rig.start());

  afterEach(() => rig.dispose());

  it("starts with connection-ready, which has the epoch", async () => {
    await echo("before");
    const client = await rig.open();
    const [ready] = client.events;
    assert.equal(ready?.["epoch"], rig.bridge.core.events.epoch);
    assert.equal(ready?.["lastEventId"], rig.bridge.core.events.lastId);
    assert.equal(ready?.["eventId"], 0);
    eventPayloads["connection-ready"].parse(ready);
    assert.equal(client.webSocket.protocol, "kiro-bridge");
  });

  it("sends every client the events of all executions, in order, from its connection on", async () => {
    await echo("before");
    const [one, two] = [await rig.open(), await rig.open({ path: "/api/kiro/events" })];
    await echo("after");
    for (const client of [one, two]) {
      await client.waitForType("command-completed");
      assert.deepEqual(
        types(client).filter((type) => type !== "status-changed"),
        ["connection-ready", "command-started", "command-completed"],
      );
      assert.ok(!JSON.stringify(client.messages).includes("before"));
    }
  });

  it("accepts the token as a subprotocol and never selects it", async () => {
    const client = await rig.open({ protocols: ["kiro-bridge", `bearer.${TEST_TOKEN}`], headers: {} });
    assert.equal(client.webSocket.protocol, "kiro-bridge");
  });

  it("rejects wrong tokens, hosts and origins before the handshake", async () => {
    const refusals: [number, Record<string, string>][] = [
      [401, {}],
      [401, { Authorization: "Bearer wrong" }],
      [403, { Authorization: `Bearer ${TEST_TOKEN}`, Host: "evil.example" }],
      [403, { Authorization: `Bearer ${TEST_TOKEN}`, Origin: "https://evil.example" }],
    ];
    for (const [status, headers] of refusals) {
      const { code } = await new SocketClient(rig.bridge.port, { headers }).closed;
      assert.equal(code, status);
    }
    const bad = new SocketClient(rig.bridge.port, { path: "/ws?since=x" });
    assert.equal((await bad.closed).code, 400);
  });

  describe("subscriptions", () => {
    it("replay from the ring after `since`, without gaps or duplicates", async () => {
      for (const text of ["a", "b", "c"]) await echo(text);
      const client = await rig.open();
      const reply = await client.ask("subscribe", { since: 2 });
      await echo("d");
      await client.waitFor(({ output }) => output === "d");
      const behind = client.messages.slice(client.messages.indexOf(reply) + 1);
      assert.deepEqual(
        behind.map(({ eventId }) => eventId),
        behind.map((_event, step) => 3 + step),
      );
      assert.equal(resultOf(reply)["since"], 2);
      assert.equal(resultOf(reply)["epoch"], rig.bridge.core.events.epoch);
    });

    it("can be given in the URL, so that nothing is missed", async () => {
      for (const text of ["a", "b"]) await echo(text);
      const client = await rig.open({ path: "/ws?since=1&types=command-completed" });
      await client.waitFor(({ output }) => output === "b");
      assert.deepEqual(types(client), ["connection-ready", "command-completed", "command-completed"]);
    });

    it("filter by type and by execution", async () => {
      const client = await rig.open();
      await client.ask("subscribe", { types: ["command-completed"] });
      const { json } = await echo("mine");
      await client.waitForType("command-completed");
      assert.ok(!types(client).includes("command-started"));
      await client.ask("subscribe", { since: 0, executionId: json["executionId"] });
      await echo("not mine");
      await client.waitForType("command-started");
      await client.ask("status");
      assert.ok(!JSON.stringify(client.messages).includes("not mine"));
    });

    it("detect a restart by its epoch: all events are new then", async () => {
      await echo("a");
      const client = await rig.open();
      const reply = await client.ask("subscribe", { since: 2, epoch: "another life" });
      assert.equal(resultOf(reply)["since"], 0);
      await client.waitFor(({ eventId }) => eventId === 1);
      const future = await client.ask("subscribe", { since: 1_000_000 });
      assert.equal(resultOf(future)["since"], 0);
    });

    it("report the events that the ring has evicted", async () => {
      const { events } = rig.bridge.core;
      for (let count = 0; count < 10_020; count++) events.append({ type: "events-lost", from: 0, to: 0 });
      const client = await rig.open({ path: "/ws?since=5" });
      const lost = await client.waitForType("events-lost");
      assert.deepEqual([lost["from"], lost["to"]], [6, events.lastId - 10_000]);
    });

    it("reject an unknown event type", async () => {
      const client = await rig.open();
      const { error } = await client.ask("subscribe", { types: ["command-done"] });
      assert.equal(errorCodeOf({ error }), "VALIDATION_FAILED");
    });
  });

  describe("requests", () => {
    it("execute, and reply only to the sender", async () => {
      const [asker, other] = [await rig.open(), await rig.open()];
      const reply = await asker.ask("execute", { request: { command: "test.echo", args: ["hi"] } });
      assert.equal(resultOf(reply)["output"], "hi");
      await other.waitForType("command-completed");
      assert.ok(other.messages.every(({ id }) => id === undefined));
    });

    it("return the same execution for the same idempotency key, and reply immediately on request", async () => {
      const client = await rig.open();
      const params = { request: { command: "test.echo" }, idempotencyKey: "one", respondAsync: true };
      const first = resultOf(await client.ask("execute", params));
      const second = resultOf(await client.ask("execute", params));
      assert.equal(first["executionId"], second["executionId"]);
      const overHttp = await rig.bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "one" });
      assert.equal(overHttp.json["executionId"], first["executionId"]);
    });

    it("forward the questions of a run, and accept the answer", async () => {
      const agent = new FakeAgent();
      agent.turn = async (_task, context) => {
        const answer = await context.ask({
          prompt: "Sure?",
          inputType: "choice",
          choices: ["Yes", "No"],
          safeAnswer: "No",
        });
        return { kind: "completed", output: answer };
      };
      await rig.start({ agent });
      const client = await rig.open();
      const reply = await client.ask("execute", { request: { command: "kiro.cli.chat", args: ["go"] } });
      const { executionId, questionId, requiresInput } = resultOf(reply);
      assert.equal(requiresInput, true);
      const wrong = await client.ask("input", { executionId, type: "choice", value: "Maybe" });
      assert.equal(errorCodeOf(wrong), "VALIDATION_FAILED");
      const other = await client.ask("input", { executionId, questionId: "q-0", type: "choice", value: "Yes" });
      assert.equal(errorCodeOf(other), "CONFLICT");
      const right = await client.ask("input", { executionId, questionId, type: "choice", value: "Yes" });
      assert.deepEqual(right["result"], { success: true, executionId, questionId });
      assert.equal((await client.waitForType("command-completed"))["output"], "Yes");
    });

    it("cancel and return the status", async () => {
      const client = await rig.open();
      assert.equal(resultOf(await client.ask("status"))["status"], "ready");
      for (const name of ["executionId", "id"]) {
        const unknown = await client.ask("cancel", { [name]: "exec-1-1" });
        assert.equal(errorCodeOf(unknown), "NOT_FOUND", name);
      }
      assert.equal(errorCodeOf(await client.ask("cancel", { type: "exec-1-1" })), "VALIDATION_FAILED");
    });

    it("are processed while a large one is still running", async () => {
      await rig.start({ commands: { "test.hang": () => new Promise(() => undefined) } });
      const client = await rig.open();
      const request = { command: "test.hang", args: ["x".repeat(2 * 1024 * 1024)], timeoutMs: 600_000 };
      const hanging = client.ask("execute", { request });
      await client.waitForType("command-started");
      assert.equal(resultOf(await client.ask("status"))["status"], "busy");
      await rig.bridge.dispose();
      await hanging;
    });

    it("receive documented errors with their own id", async () => {
      const client = await rig.open();
      const denied = await client.ask("execute", { request: { command: "x.deleteAccount" } });
      assert.equal(errorCodeOf(denied), "ACCESS_DENIED");
      client.webSocket.send('{"id": 7, "method": "toString"}');
      assert.equal(errorCodeOf(await client.waitFor(({ id }) => id === 7)), "VALIDATION_FAILED");
      client.webSocket.send("not JSON");
      assert.equal(errorCodeOf(await client.waitFor(({ id }) => id === null)), "VALIDATION_FAILED");
    });

    it("count against the rate limit", async () => {
      await rig.start({ limits: { maxRequestsPerMinute: 2 } });
      const client = await rig.open();
      await client.ask("status");
      await client.ask("status");
      const third = await client.ask("status");
      assert.equal(errorCodeOf(third), "RATE_LIMIT_EXCEEDED");
    });

    it("continue when the client disconnects, and end when the bridge stops", async () => {
      const held = Promise.withResolvers<string>();
      rig.bridge.editor.register("test.held", () => held.promise);
      const leaver = await rig.open();
      const witness = await rig.open();
      leaver.webSocket.send(
        JSON.stringify({ id: 1, method: "execute", params: { request: { command: "test.held" } } }),
      );
      await witness.waitForType("command-started");
      leaver.close();
      await leaver.closed;
      const waiting = witness.ask("execute", { request: { command: "test.held" } });
      await witness.waitFor((event) => event["type"] === "command-started" && event["eventId"] !== 1);
      await rig.bridge.dispose();
      const { error } = await waiting;
      assert.equal(errorCodeOf({ error }), "KIRO_UNAVAILABLE");
      assert.equal((await witness.closed).code, 1001);
      held.resolve("late");
    });
  });
});
