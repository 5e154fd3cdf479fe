import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { BusParticipant } from "../../../../src/plugins/bus/participant.ts";
import { RpcClient } from "../../../../src/plugins/rpc/rpcClient.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { failureOf } from "../../../support/plugins/failureOf.ts";
import { openBus } from "../../../support/plugins/busUnderTest.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const ENDPOINT = "plugin://fastapi-backend/rpc";

describe("The end of a call", () => {
  let clock: TestClock;
  let plugin: BusParticipant;
  let server: RpcServer;
  let client: RpcClient;

  beforeEach(() => {
    clock = TestClock.stopped();
    const bus = openBus();
    plugin = bus.join("fastapi-backend");
    server = new RpcServer(plugin, ENDPOINT);
    client = new RpcClient(bus.join("caller"), ENDPOINT);
  });

  afterEach(() => clock.release());

  /** Registers a method that never returns. @returns emits `started` with the signal of each call */
  function registerEndless(options: Parameters<RpcServer["register"]>[2] = {}): EventEmitter {
    const calls = new EventEmitter();
    const never = new Promise(() => undefined);
    server.register("wait", async (_, { signal }) => (calls.emit("started", signal), await never), options);
    return calls;
  }

  it("comes with the caller's deadline if the handler never returns, whose signal aborts", async () => {
    const calls = registerEndless();
    const started = once(calls, "started");
    const failure = failureOf(client.call("wait", {}, { timeoutMs: 500 }));
    const [signal] = (await started) as [AbortSignal];
    clock.pass(500);
    assert.equal((await failure).code, "OPERATION_TIMEOUT");
    assert.ok(signal.aborted);
  });

  it("comes with the timeout of the method, which the caller is told", async () => {
    const calls = registerEndless({ timeoutMs: 200 });
    const started = once(calls, "started");
    const failure = failureOf(client.call("wait"));
    const [signal] = (await started) as [AbortSignal];
    clock.pass(200);
    const { code, message } = await failure;
    assert.deepEqual([code, message], ["OPERATION_TIMEOUT", "The method did not finish within 200 ms."]);
    assert.ok(signal.aborted);
  });

  it("comes with a cancellation, which reaches the signal of the handler", async () => {
    const calls = registerEndless();
    const started = once(calls, "started");
    const controller = new AbortController();
    const call = client.call("wait", {}, { signal: controller.signal });
    const [signal] = (await started) as [AbortSignal];
    controller.abort(new Error("no longer needed"));
    await assert.rejects(call, { message: "no longer needed" });
    assert.ok(signal.aborted);
  });

  it("aborts the signal of a method with a timeout as well", async () => {
    const calls = registerEndless({ timeoutMs: 60_000 });
    const started = once(calls, "started");
    const controller = new AbortController();
    const call = client.call("wait", {}, { signal: controller.signal });
    const [signal] = (await started) as [AbortSignal];
    controller.abort(new Error("no longer needed"));
    await assert.rejects(call);
    assert.ok(signal.aborted);
  });

  it("comes at once when the plugin leaves the bus, whatever its deadline is", async () => {
    const calls = registerEndless();
    const started = once(calls, "started");
    const failure = failureOf(client.call("wait", {}, { timeoutMs: 3_600_000 }));
    await started;
    await plugin.dispose();
    assert.equal((await failure).code, "KIRO_UNAVAILABLE");
  });

  it("gives the slot of a handler that ignores its signal to the next call, a second later", async () => {
    const calls = registerEndless({ concurrency: 1 });
    let started = 0;
    calls.on("started", () => started++);
    const first = failureOf(client.call("wait", {}, { timeoutMs: 500 }));
    const second = failureOf(client.call("wait", {}, { timeoutMs: 3_600_000 }));
    await until(() => started === 1);
    clock.pass(500);
    await first;
    await until(() => {
      clock.pass(1000);
      return started === 2;
    });
    clock.pass(3_600_000);
    assert.equal((await second).code, "OPERATION_TIMEOUT");
  });
});

describe("The concurrency of a method", () => {
  let server: RpcServer;
  let client: RpcClient;
  let running: (() => void)[];
  let most: number;

  beforeEach(() => {
    const bus = openBus();
    server = new RpcServer(bus.join("fastapi-backend"), ENDPOINT);
    client = new RpcClient(bus.join("caller"), ENDPOINT);
    running = [];
    most = 0;
  });

  function registerHeld(options: Parameters<RpcServer["register"]>[2]): void {
    const hold = async ({ n }: { n: number }): Promise<number> => {
      await new Promise<void>((resolve) => (most = Math.max(most, running.push(resolve))));
      return n;
    };
    server.register("hold", hold, options);
  }

  it("lets further calls wait in order", async () => {
    registerHeld({ concurrency: 2 });
    const ended: number[] = [];
    const calls = [1, 2, 3, 4, 5].map(async (n) => ended.push(await client.call("hold", { n })));
    for (let n = 0; n < 5; n++) {
      await until(() => running.length > 0);
      running.shift()?.();
    }
    await Promise.all(calls);
    assert.deepEqual([ended, most], [[1, 2, 3, 4, 5], 2]);
  });

  it("rejects calls beyond those that may wait", async () => {
    registerHeld({ concurrency: 1, maxQueued: 1 });
    const calls = [1, 2].map((n) => client.call("hold", { n }));
    await until(() => running.length === 1);
    const { code, data } = await failureOf(client.call("hold", { n: 3 }));
    assert.deepEqual([code, data], ["RATE_LIMIT_EXCEEDED", { limit: 1, concurrency: 1 }]);
    running.shift()?.();
    await until(() => running.length === 1);
    running.shift()?.();
    assert.deepEqual(await Promise.all(calls), [1, 2]);
  });

  it("removes a cancelled call from those that wait", async () => {
    registerHeld({ concurrency: 1, maxQueued: 1 });
    const first = client.call("hold", { n: 1 });
    await until(() => running.length === 1);
    const controller = new AbortController();
    const second = client.call("hold", { n: 2 }, { signal: controller.signal });
    const third = (): Promise<unknown> => client.call("hold", { n: 3 });
    assert.equal((await failureOf(third())).code, "RATE_LIMIT_EXCEEDED");
    controller.abort(new Error("left"));
    await assert.rejects(second, { message: "left" });
    const waiting = third();
    running.shift()?.();
    await until(() => running.length === 1);
    running.shift()?.();
    assert.deepEqual([await first, await waiting], [1, 3]);
  });

  it("is not limited by the calls of another method", async () => {
    registerHeld({ concurrency: 1 });
    server.register("ping", () => "pong", { concurrency: 1 });
    const held = client.call("hold", { n: 1 });
    await until(() => running.length === 1);
    assert.equal(await client.call("ping"), "pong");
    running.shift()?.();
    await held;
  });
});
