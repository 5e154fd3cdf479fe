import assert from "node:assert/strict";
import { WebSocket as PackageWebSocket } from "ws";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import type { EventStream } from "../../../../src/client/events/eventStream.ts";
import type { ConnectOptions } from "../../../../src/client/socket/connectSocket.ts";
import type { KiroBridgeSocket } from "../../../../src/client/socket/kiroBridgeSocket.ts";
import type { BridgeEvent } from "../../../../src/client/wireTypes.ts";
import { startCuttingProxy } from "../../../support/client/cuttingProxy.ts";
import { startPlainServer } from "../../../support/client/plainServer.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

/** Reads events up to one. */
async function readUntil(events: EventStream, isLast: (event: BridgeEvent) => boolean): Promise<BridgeEvent[]> {
  const read: BridgeEvent[] = [];
  for await (const event of events) {
    read.push(event);
    if (isLast(event)) break;
  }
  return read;
}

const startOf = (arg: string) => (event: BridgeEvent) => event.type === "command-started" && event.args[0] === arg;
const argsOf = (events: readonly BridgeEvent[]) =>
  events.flatMap((event) => (event.type === "command-started" ? event.args : []));
const ids = (events: readonly BridgeEvent[]) =>
  events.filter(({ type }) => type !== "connection-ready").map(({ eventId }) => eventId);

describe("KiroBridgeSocket", () => {
  const open: { close(): Promise<void> }[] = [];
  let bridge: TestBridge;

  async function start(options: TestBridgeOptions = {}): Promise<void> {
    bridge = await startTestBridge({ guards: { allowedHosts: ["127.0.0.1"] }, ...options });
  }

  function clientOf(url = `http://127.0.0.1:${bridge.port}`, token: string | undefined = TEST_TOKEN): KiroBridgeClient {
    const client = new KiroBridgeClient(url, { token });
    open.push(client);
    return client;
  }

  async function connect(options?: ConnectOptions, client = clientOf()): Promise<KiroBridgeSocket> {
    const socket = await client.connect(options);
    open.push(socket);
    return socket;
  }

  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close();
    await bridge.dispose();
  });

  for (const [name, WebSocket] of Object.entries({ platform: undefined, "package ws": PackageWebSocket })) {
    it(`runs commands and reads events at the same time, with the class of the ${name}`, async () => {
      await start();
      const socket = await connect({ WebSocket });
      const events = socket.subscribe();
      const answer = await socket.execute({ command: "test.echo", args: ["a"] });
      assert.deepEqual([answer.success, answer.output], [true, "a"]);
      const read = await readUntil(events, ({ type }) => type === "command-completed");
      assert.deepEqual([read[0]?.type, argsOf(read)], ["connection-ready", ["a"]]);
      assert.equal((await socket.status()).status, "ready");
    });
  }

  it("sends no events without a subscription, and only those that are wanted with one", async () => {
    await start();
    const socket = await connect();
    await socket.execute({ command: "test.echo", args: ["before"] });
    const types = ["command-started"] as const;
    const events = socket.subscribe({ types });
    await socket.execute({ command: "test.echo", args: ["after"] });
    const read = await readUntil(events, startOf("after"));
    assert.deepEqual(
      read.map(({ type }) => type),
      ["connection-ready", "command-started"],
    );
    const { executionId } = await socket.execute({ command: "test.echo", args: ["mine"] });
    const own = await readUntil(
      socket.subscribe({ executionId, since: 0 }),
      ({ type }) => type === "command-completed",
    );
    assert.deepEqual(argsOf(own), ["mine"]);
  });

  it("answers questions, and cancels executions", async () => {
    const agent = new FakeAgent();
    await start({ agent });
    agent.turn = async (_task, context) => {
      const answer = await context.ask({
        prompt: "May I?",
        inputType: "choice",
        choices: ["Yes", "No"],
        safeAnswer: "No",
      });
      if (answer === "Yes") await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      return { kind: "cancelled", how: "cooperative" };
    };
    const socket = await connect();
    const events = socket.subscribe();
    const asked = await socket.execute({ command: "kiro.cli.chat", args: ["Hello"] });
    assert.equal(asked.status, "waiting-input");
    const { executionId } = asked;
    await socket.input({ executionId, type: "choice", value: "Yes", questionId: asked.questionId });
    await readUntil(events, ({ type }) => type === "input-accepted");
    assert.equal((await socket.cancel(executionId)).how, "cooperative");
  });

  it("rejects with the errors of the bridge", async () => {
    await start();
    const socket = await connect();
    await assert.rejects(socket.cancel("exec-none"), {
      name: "KiroBridgeError",
      code: "NOT_FOUND",
      recoverable: false,
    });
    const answer = { executionId: "exec-none", type: "text", value: "x" } as const;
    await assert.rejects(socket.input(answer), { code: "NOT_FOUND" });
    const wrong = socket.subscribe({ epoch: "x".repeat(200) });
    await assert.rejects(wrong.next(), { code: "VALIDATION_FAILED" });
  });

  it("replaces the subscription by the next one", async () => {
    await start();
    const socket = await connect();
    const first = socket.subscribe();
    const second = socket.subscribe({ types: ["command-started"] });
    await socket.execute({ command: "test.echo", args: ["a"] });
    assert.deepEqual(argsOf(await readUntil(second, startOf("a"))), ["a"]);
    assert.deepEqual(argsOf(await readUntil(first, () => false)), []);
  });

  it("resumes over any number of lost connections, with each event once", async () => {
    await start();
    const proxy = await startCuttingProxy(bridge.port);
    open.push({ close: () => proxy.dispose() });
    const direct = clientOf();
    const socket = await connect({}, clientOf(proxy.url));
    const reading = readUntil(socket.subscribe(), startOf("29"));
    await socket.status();
    for (let index = 0; index < 30; index++) {
      await direct.executeCommand("test.echo", [String(index)]);
      if (index % 10 === 9) proxy.cutAll();
    }
    const read = await reading;
    assert.deepEqual(
      argsOf(read),
      Array.from({ length: 30 }, (_, index) => String(index)),
    );
    assert.deepEqual(ids(read), [...new Set(ids(read))]);
    assert.ok(read.filter(({ type }) => type === "connection-ready").length > 1);
  });

  it("resumes after a restart of the bridge", async () => {
    await start({ windowId: "first-run" });
    const { port } = bridge;
    const socket = await connect();
    const reading = readUntil(socket.subscribe(), startOf("after"));
    await socket.execute({ command: "test.echo", args: ["before"] });
    await bridge.dispose();
    await start({ windowId: "second-run", listen: { port } });
    await socket.execute({ command: "test.echo", args: ["after"] });
    assert.deepEqual(argsOf(await reading), ["before", "after"]);
  });

  it("runs a command once whose connection is lost while it runs", async () => {
    let runs = 0;
    const running = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    await start({
      commands: {
        "test.slow": async () => {
          runs++;
          running.resolve();
          await finish.promise;
          return "done";
        },
      },
    });
    const proxy = await startCuttingProxy(bridge.port);
    open.push({ close: () => proxy.dispose() });
    const socket = await connect({}, clientOf(proxy.url));
    const answer = socket.execute({ command: "test.slow" });
    await running.promise;
    proxy.cutAll();
    await socket.status();
    finish.resolve();
    assert.deepEqual([(await answer).output, runs], ["done", 1]);
  });

  it("has the bridge wait for a reader that is slow, and loses nothing that the bridge keeps", async () => {
    await start();
    const { events: log } = bridge.core;
    const socket = await connect();
    const events = await socket.subscribe().ready();
    const total = 5000;
    for (let n = 0; n < total; n++) log.append({ type: "status-changed", status: "ready", currentCommand: String(n) });
    // The reader has not begun: by this reply, the bridge has paused the subscription.
    await socket.status();
    const read = await readUntil(events, (event) => event.type === "status-changed" && event.currentCommand === "4999");
    const numbers = read.flatMap((event) => (event.type === "status-changed" ? Number(event.currentCommand) : []));
    assert.deepEqual(
      numbers,
      Array.from({ length: total }, (_, n) => n),
    );
  });

  it("reports what the bridge has evicted before a slow reader has read on", async () => {
    await start();
    const { events: log } = bridge.core;
    const socket = await connect();
    const events = await socket.subscribe().ready();
    const append = (count: number): void => {
      for (let n = 0; n < count; n++) log.append({ type: "status-changed", status: "ready" });
    };
    append(2000);
    await socket.status();
    append(12_000);
    log.append({ type: "status-changed", status: "busy" });
    const read = await readUntil(events, (event) => event.type === "status-changed" && event.status === "busy");
    assert.ok(read.some(({ type }) => type === "events-lost"));
    assert.deepEqual(
      ids(read),
      ids(read).toSorted((a, b) => a - b),
    );
  });

  it("connects with a ticket in place of the token, and with one for each connection", async () => {
    await start();
    const proxy = await startCuttingProxy(bridge.port);
    open.push({ close: () => proxy.dispose() });
    const owner = clientOf();
    const newTicket = async (): Promise<string> => (await owner.createTicket()).ticket;
    const once = await connect({ ticket: await newTicket() }, clientOf(proxy.url, undefined));
    assert.equal((await once.status()).status, "ready");
    let tickets = 0;
    const ticket = (): Promise<string> => {
      tickets++;
      return newTicket();
    };
    const socket = await connect({ ticket }, clientOf(proxy.url, undefined));
    proxy.cutAll();
    await until(() => tickets > 1, "another ticket");
    assert.equal((await socket.status()).status, "ready");
  });

  it("fails to connect with the reason that a request has, which a WebSocket does not report", async () => {
    await start();
    await assert.rejects(clientOf(undefined, "wrong").connect(), { code: "AUTHENTICATION_FAILED" });
    await assert.rejects(clientOf(undefined, undefined).connect({ ticket: "wrong" }), { code: "NETWORK_ERROR" });
    const { port } = bridge;
    await bridge.dispose();
    await assert.rejects(clientOf(`http://127.0.0.1:${port}`).connect(), { code: "NETWORK_ERROR" });
    const stranger = await startPlainServer((_request, response) => response.end("{}"));
    open.push({ close: () => stranger.dispose() });
    await assert.rejects(clientOf(stranger.url).connect(), { code: "NETWORK_ERROR" });
  });

  it("ends with the error when the access is revoked", async () => {
    const principals = new FakePrincipals();
    const guest = principals.add("guest", { role: "operator" });
    await start({ principals });
    const socket = await connect({}, clientOf(undefined, guest.token));
    const events = await socket.subscribe().ready();
    assert.equal((await events.next()).value?.type, "connection-ready");
    principals.end(guest);
    await assert.rejects(events.next(), { code: "AUTHENTICATION_FAILED" });
    await assert.rejects(socket.status(), { code: "AUTHENTICATION_FAILED" });
  });

  it("closes without an error for events, and with an AbortError for calls", async () => {
    const running = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    await start({ commands: { "test.slow": () => (running.resolve(), finish.promise) } });
    const socket = await connect();
    const events = await socket.subscribe({ types: ["window-left"] }).ready();
    await events.next();
    const next = events.next();
    const call = socket.execute({ command: "test.slow" });
    await running.promise;
    const rejected = assert.rejects(call, { name: "AbortError" });
    await socket.close();
    assert.deepEqual(await next, { done: true, value: undefined });
    await rejected;
    await assert.rejects(socket.status(), { name: "AbortError" });
    finish.resolve();
  });

  it("ends one call, one subscription or all with a signal", async () => {
    await start({ commands: { "test.never": () => new Promise(() => undefined) } });
    const all = new AbortController();
    const socket = await connect({ signal: all.signal });
    const one = new AbortController();
    const call = assert.rejects(socket.execute({ command: "test.never" }, { signal: one.signal }), { message: "one" });
    const events = await socket.subscribe({ types: ["window-left"] }, { signal: one.signal }).ready();
    await events.next();
    const next = assert.rejects(events.next(), { message: "one" });
    one.abort(new Error("one"));
    await Promise.all([call, next]);
    assert.equal((await socket.status()).status, "busy");
    const rest = assert.rejects(socket.execute({ command: "test.never" }), { message: "all" });
    const other = await socket.subscribe({ types: ["window-left"] }).ready();
    await other.next();
    const last = assert.rejects(other.next(), { message: "all" });
    all.abort(new Error("all"));
    await Promise.all([rest, last]);
  });

  it("limits the time of a call, also while it is not connected", async () => {
    await start({ commands: { "test.never": () => new Promise(() => undefined) } });
    const socket = await connect();
    const call = socket.execute({ command: "test.never" }, { timeoutMs: 20 });
    await assert.rejects(call, { code: "OPERATION_TIMEOUT", recoverable: true });
    await bridge.dispose();
    await assert.rejects(socket.status({ timeoutMs: 20 }), { code: "OPERATION_TIMEOUT" });
  });

  it("needs a class where the platform has none", async () => {
    await start();
    const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
    assert.ok(own);
    Object.defineProperty(globalThis, "WebSocket", { value: undefined, configurable: true });
    try {
      await assert.rejects(clientOf().connect(), { code: "CONFIGURATION_ERROR", message: /WebSocket/ });
    } finally {
      Object.defineProperty(globalThis, "WebSocket", own);
    }
  });
});
