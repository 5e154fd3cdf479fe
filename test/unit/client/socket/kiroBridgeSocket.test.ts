import assert from "node:assert/strict";
import { inspect } from "node:util";
import { WebSocket as PackageWebSocket } from "ws";
import { isKiroBridgeError } from "../../../../src/client/errors.ts";
import { startPlainServer } from "../../../support/client/plainServer.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { argsOf, readUntil, SocketRig, startOf } from "./socketRig.ts";

describe("KiroBridgeSocket", () => {
  let rig: SocketRig;

  afterEach(() => rig.store.dispose());

  for (const [name, WebSocket] of Object.entries({ platform: undefined, "package ws": PackageWebSocket })) {
    it(`runs commands and reads events at the same time, with the class of the ${name}`, async () => {
      rig = await SocketRig.start();
      const socket = await rig.connect({ WebSocket });
      const events = socket.subscribe();
      const answer = await socket.execute({ command: "test.echo", args: ["a"] });
      assert.deepEqual([answer.success, answer.output], [true, "a"]);
      const read = await readUntil(events, ({ type }) => type === "command-completed");
      assert.deepEqual([read[0]?.type, argsOf(read)], ["connection-ready", ["a"]]);
      assert.equal((await socket.status()).status, "ready");
    });
  }

  it("sends no events without a subscription, and only those that are wanted with one", async () => {
    rig = await SocketRig.start();
    const socket = await rig.connect();
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
    rig = await SocketRig.start({ agent });
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
    const socket = await rig.connect();
    const events = socket.subscribe();
    const asked = await socket.execute({ command: "kiro.cli.chat", args: ["Hello"] });
    assert.equal(asked.status, "waiting-input");
    const { executionId } = asked;
    await socket.input({ executionId, type: "choice", value: "Yes", questionId: asked.questionId });
    await readUntil(events, ({ type }) => type === "input-accepted");
    assert.equal((await socket.cancel(executionId)).how, "cooperative");
  });

  it("rejects with the errors of the bridge", async () => {
    rig = await SocketRig.start();
    const socket = await rig.connect();
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
    rig = await SocketRig.start();
    const socket = await rig.connect();
    const first = socket.subscribe();
    const second = socket.subscribe({ types: ["command-started"] });
    await socket.execute({ command: "test.echo", args: ["a"] });
    assert.deepEqual(argsOf(await readUntil(second, startOf("a"))), ["a"]);
    assert.deepEqual(argsOf(await readUntil(first, () => false)), []);
  });

  it("fails to connect with the reason that a request has, which a WebSocket does not report", async () => {
    rig = await SocketRig.start();
    await assert.rejects(rig.clientOf(undefined, "wrong").connect(), { code: "AUTHENTICATION_FAILED" });
    await assert.rejects(rig.clientOf(undefined, undefined).connect({ ticket: "wrong" }), { code: "NETWORK_ERROR" });
    const { port } = rig.bridge;
    await rig.bridge.dispose();
    await assert.rejects(rig.clientOf(`http://127.0.0.1:${port}`).connect(), { code: "NETWORK_ERROR" });
    const stranger = await startPlainServer((_request, response) => response.end("{}"));
    rig.store.add(stranger);
    await assert.rejects(rig.clientOf(stranger.url).connect(), { code: "NETWORK_ERROR" });
  });

  it("closes without an error for events, and with an AbortError for calls", async () => {
    const running = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    rig = await SocketRig.start({ commands: { "test.slow": () => (running.resolve(), finish.promise) } });
    const socket = await rig.connect();
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
    rig = await SocketRig.start({ commands: { "test.never": () => new Promise(() => undefined) } });
    const all = new AbortController();
    const socket = await rig.connect({ signal: all.signal });
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
    rig = await SocketRig.start({ commands: { "test.never": () => new Promise(() => undefined) } });
    const socket = await rig.connect();
    const call = socket.execute({ command: "test.never" }, { timeoutMs: 20 });
    await assert.rejects(call, { code: "OPERATION_TIMEOUT", recoverable: true });
    await rig.bridge.dispose();
    await assert.rejects(socket.status({ timeoutMs: 20 }), { code: "OPERATION_TIMEOUT" });
  });

  it("needs a class where the platform has none", async () => {
    rig = await SocketRig.start();
    const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
    assert.ok(own);
    Object.defineProperty(globalThis, "WebSocket", { value: undefined, configurable: true });
    try {
      await assert.rejects(rig.clientOf().connect(), { code: "CONFIGURATION_ERROR", message: /WebSocket/ });
    } finally {
      Object.defineProperty(globalThis, "WebSocket", own);
    }
  });

  it("does not quote the token in its error when the platform refuses to create it, as pages do", async () => {
    rig = await SocketRig.start();
    const checked = (url: string, protocols: readonly string[]): string => {
      if (protocols.length > 1) throw new SyntaxError(`The subprotocol '${protocols.at(1)}' is invalid.`);
      return url;
    };
    class Refusing extends PackageWebSocket {
      constructor(url: string, protocols: string[]) {
        super(checked(url, protocols), protocols);
      }
    }
    await assert.rejects(rig.connect({ WebSocket: Refusing }), (error) => {
      assert.ok(isKiroBridgeError(error));
      assert.equal(error.code, "CONFIGURATION_ERROR");
      assert.ok(!inspect(error).includes(TEST_TOKEN));
      return true;
    });
  });
});
