import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BusParticipant } from "../../src/plugins/bus/participant.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { freshPrefix } from "../support/nats/natsBus.ts";
import { NatsServer } from "../support/nats/natsServer.ts";
import { installSdk } from "../support/plugins/examplePlugin.ts";
import { PluginBridge, writePlugin } from "../support/plugins/pluginBridge.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../support/until.ts";

const workerManifest = {
  name: "worker",
  capabilities: { domains: ["backend"] },
  routing: { keywords: ["endpoint", "fastapi"] },
  communication: {
    messagebus: {
      topics: [{ topic: "orders.new", durable: true }],
      subscriptions: [{ topic: "orders.*", durable: true }],
    },
    rpc: { methods: ["analyze", "flaky", "order", { name: "share", concurrency: 1 }] },
  },
  stateManagement: { sharing: { exports: ["summary"] } },
};

/** Does all that the guide's plugin does: calls, progress, a breaker, shared state, and durable messages. */
const worker = (file: string) => `import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { CircuitBreaker, DistributedStateManager, getMessageBus, RPCServer } from "kiro-bridge/plugin";
const file = ${JSON.stringify(file)};
const bus = getMessageBus("worker");
const state = new DistributedStateManager("worker");
const rpc = new RPCServer("plugin://worker/rpc");
const breaker = new CircuitBreaker("worker", { threshold: 2, timeout: 50, halfOpenRetries: 1, monitoringWindow: 60000 });
rpc.register("analyze", async ({ depth }, { progress }) => {
  for (let step = 1; step <= depth; step++) await progress({ step });
  return { depth, pid: process.pid };
});
rpc.register("flaky", ({ fail }) =>
  breaker.execute(async () => {
    if (fail) throw new Error("out of order");
    return "works";
  }),
);
rpc.register("order", async ({ id, kill }) => {
  await bus.publish({ topic: "orders/new", payload: { id, kill } });
  return "accepted";
});
rpc.register("share", async ({ value }) => {
  state.incrementCounter("shared");
  await state.exportState("summary", { value });
  return state.getCounter("shared");
});
bus.subscribe("orders/*", ({ payload: { id, kill } }) => {
  const seen = existsSync(file) ? readFileSync(file, "utf8") : "";
  appendFileSync(file, id + "\\n");
  // In the middle of its work, once.
  if (kill && !seen.includes(id + "\\n")) process.kill(process.pid, "SIGKILL");
}, { durable: { backoffMs: [10] } });
await bus.publish({ topic: "plugin/worker/status", payload: { status: "ready" } });
`;

const mirrorManifest = {
  name: "mirror",
  communication: { rpc: { methods: ["read"] } },
  stateManagement: { sharing: { imports: ["worker/summary"] } },
};

const mirror = `import { DistributedStateManager, RPCServer } from "kiro-bridge/plugin";
const state = new DistributedStateManager("mirror");
new RPCServer("plugin://mirror/rpc").register("read", () => state.importState("worker", "summary"));
`;

/** The bridge of the worker and that of the second plugin, which may be the same. */
class Life {
  readonly home: PluginBridge;
  readonly other: PluginBridge;
  readonly #file: string;

  constructor([home, other]: readonly [PluginBridge, PluginBridge], file: string) {
    this.home = home;
    this.other = other;
    this.#file = file;
  }

  /** The names of the plugins for which the user was asked. */
  get asked(): string[] {
    return [...new Set([this.home, this.other])].flatMap(({ asked }) => asked.map(({ name }) => name)).toSorted();
  }

  /** Calls a method as curl does, at the bridge that does not run the worker. */
  async execute(method: string, params: object): Promise<Record<string, unknown>> {
    return (await this.other.execute({ command: `plugin.${method}`, params: [params] })).json;
  }

  async result(method: string, params: object): Promise<unknown> {
    const json = await this.execute(method, params);
    assert.equal(json["status"], "completed", JSON.stringify(json));
    return json["result"];
  }

  /** Waits for the result of a method whose plugin may still start, or whose circuit is open. */
  async succeeds(method: string, params: object): Promise<unknown> {
    let json: Record<string, unknown> = {};
    await until(async () => {
      json = await this.execute(method, params);
      return json["status"] === "completed";
    }, `${method} to succeed`);
    return json["result"];
  }

  async take(name: string): Promise<BusParticipant> {
    return (await this.other.bridge.core.pluginBus.load()).bus.attach(name);
  }

  async orders(): Promise<string[]> {
    return existsSync(this.#file) ? (await readFile(this.#file, "utf8")).trim().split("\n") : [];
  }
}

async function isFound(life: Life): Promise<void> {
  const { home, other } = life;
  await home.reaches("worker", "running");
  await other.reaches("mirror", "running");
  assert.deepEqual(life.asked, ["mirror", "worker"]);
  // Each bridge knows both.
  await other.reaches("worker", "running");
  await home.reaches("mirror", "running");
}

async function isCalled(life: Life): Promise<number> {
  await life.succeeds("worker.analyze", { depth: 0 });
  const answer = await life.other.call("/api/kiro/execute", {
    body: { command: "plugin.worker.analyze", params: [{ depth: 3 }] },
  });
  const { result, executionId } = answer.json;
  const { depth, pid } = result as { readonly depth: number; readonly pid: number };
  assert.equal(depth, 3);
  const { text } = await life.other.call(`/api/kiro/executions/${String(executionId)}/events`);
  for (const step of [1, 2, 3]) assert.match(text, new RegExp(`step[^0-9]*${step}`), "its progress");
  return pid;
}

async function isRoutedTo({ other }: Life): Promise<void> {
  const { json } = await other.call("/api/kiro/route", { body: { text: "Create a fastapi endpoint" } });
  assert.equal(json["primaryPlugin"], "worker", JSON.stringify(json));
}

async function breaks(life: Life): Promise<void> {
  const watcher = await life.take("watcher");
  const states: string[] = [];
  watcher.subscribe("plugin/worker/circuit-breaker", ({ message }) => void states.push(message.payload.state));
  await until(async () => {
    await life.execute("worker.flaky", { fail: true });
    return states.includes("open");
  }, "the open circuit");
  assert.equal(await life.succeeds("worker.flaky", {}), "works");
  await until(() => states.at(-1) === "closed", "the closed circuit");
  await watcher.dispose();
}

async function sharesState(life: Life): Promise<void> {
  assert.equal(await life.result("worker.share", { value: 42 }), 1);
  assert.deepEqual(await life.succeeds("mirror.read", {}), { value: 42 });
}

/** It is killed in the middle of a durable message; another one is published while it is away. */
async function survivesKill(life: Life, pid: number): Promise<void> {
  assert.equal(await life.result("worker.order", { id: "one" }), "accepted");
  await life.execute("worker.order", { id: "two", kill: true });
  const shop = await life.take("shop");
  await shop.publish({ topic: "orders/new", payload: { id: "three" } });
  await until(async () => (await life.orders()).at(-1) === "three", "the last order");
  assert.deepEqual(await life.orders(), ["one", "two", "two", "three"]);
  const again = (await life.succeeds("worker.analyze", { depth: 1 })) as { readonly pid: number };
  assert.notEqual(again.pid, pid);
  await shop.dispose();
}

function lives(start: (folders: readonly [string, string]) => Promise<readonly [PluginBridge, PluginBridge]>): void {
  let root: string;
  let life: Life;

  beforeEach(async () => {
    root = await temporaryFolder();
    await installSdk(root);
    const file = join(root, "orders.txt");
    const folders = [join(root, "worker"), join(root, "mirror")] as const;
    await writePlugin(folders[0], workerManifest, worker(file));
    await writePlugin(folders[1], mirrorManifest, mirror);
    life = new Life(await start(folders), file);
  });

  afterEach(async () => {
    for (const bridge of new Set([life.home, life.other])) await bridge.dispose();
    await removeFolder(root);
  });

  it("is found, approved, called, routed to, breaks its circuit, shares its state, and survives kill -9", async () => {
    await isFound(life);
    const pid = await isCalled(life);
    await isRoutedTo(life);
    await breaks(life);
    await sharesState(life);
    await survivesKill(life, pid);
  });
}

describe("A plugin as a process of its own", () => {
  let discovery: string;
  afterEach(() => removeFolder(discovery));

  describe("with one bridge", () =>
    lives(async (folders) => {
      discovery = await temporaryFolder();
      const bridge = await PluginBridge.start({
        discovery,
        windowId: "window-1",
        settings: { "plugins.folders": folders },
      });
      return [bridge, bridge];
    }));
});
describeNats("A plugin as a process of its own", () => {
  let server: NatsServer;
  let folders: string[];
  before(async () => {
    server = await NatsServer.start();
  });
  after(() => server[Symbol.asyncDispose]());
  afterEach(async () => void (await Promise.all(folders.map(removeFolder))));

  describe("with two bridges on one NATS server", () =>
    lives(async ([home, other]) => {
      folders = [await temporaryFolder(), await temporaryFolder()];
      const [first = "", second = ""] = folders;
      const bus = { "bus.servers": [server.address], "bus.prefix": freshPrefix() };
      return [
        await PluginBridge.start({
          discovery: first,
          windowId: "window-1",
          settings: { ...bus, "plugins.folders": [home] },
        }),
        await PluginBridge.start({
          discovery: second,
          windowId: "window-2",
          settings: { ...bus, "plugins.folders": [other] },
        }),
      ];
    }));
});
