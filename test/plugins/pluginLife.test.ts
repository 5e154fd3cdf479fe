import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BusParticipant } from "../../src/plugins/bus/participant.ts";
import { installSdk } from "../support/plugins/examplePlugin.ts";
import { backendManifest, backendProgram, readerManifest, readerProgram } from "../support/plugins/guidePlugins.ts";
import { PluginBridge, writePlugin } from "../support/plugins/pluginBridge.ts";
import { freePort } from "../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { until } from "../support/until.ts";

interface Reply {
  readonly success?: boolean;
  readonly output?: string;
  readonly result?: unknown;
  readonly cause?: string;
  readonly primaryPlugin?: string;
}

/** Sends a request as a shell script does. */
async function curl(url: string, path: string, body: unknown): Promise<Reply> {
  const headers = ["-H", `Authorization: Bearer ${TEST_TOKEN}`, "-H", "Content-Type: application/json"];
  const { stdout } = await promisify(execFile)("curl", ["-s", ...headers, "-d", JSON.stringify(body), `${url}${path}`]);
  return JSON.parse(stdout) as Reply;
}

describe("The life of a plugin, from its manifest to kill -9 and a restart of the bridge", () => {
  let discovery: string;
  let port: number;
  let bridge: PluginBridge;

  beforeEach(async () => {
    discovery = await temporaryFolder();
    await installSdk(discovery);
    await writePlugin(join(discovery, "plugins", "guide-backend"), backendManifest, backendProgram);
    await writePlugin(join(discovery, "plugins", "guide-reader"), readerManifest, readerProgram);
    port = await freePort();
    bridge = await PluginBridge.start({ discovery, windowId: "window-1", port });
  });

  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(discovery);
  });

  const url = (): string => bridge.bridge.address.url;
  const call = (method: string, params: object = {}): Promise<Reply> =>
    curl(url(), "/api/kiro/execute", { command: `plugin.guide-backend.${method}`, params: [params] });
  const job = async (payload: object): Promise<void> => {
    const message = { topic: "jobs/new", payload };
    assert.deepEqual(await curl(url(), "/api/kiro/bus", { op: "publish", message }), { result: null });
  };
  const handled = async (): Promise<unknown> => (await call("handled")).result;
  const lines = (text: string): number =>
    bridge.plugins.host.output("guide-backend").filter((line) => line === text).length;
  /** Waits until the process answers. @returns its ID */
  async function ready(before?: unknown): Promise<number> {
    let pid: unknown;
    await until(async () => {
      pid = (await call("pid")).result;
      return typeof pid === "number" && pid !== before;
    }, "the plugin to answer");
    return Number(pid);
  }

  it("has everything that the guide promises", async () => {
    const { participant } = await bridge.bridge.core.pluginBus.load();
    const seen = collect(participant, "plugin/guide-backend/*");
    const pid = await ready();
    await routes();
    await breaks(seen);
    await sharesState();
    await survivesTheBridge(await survives(pid, seen));
  });

  async function routes(): Promise<void> {
    const text = "Add an endpoint for users";
    assert.equal((await curl(url(), "/api/kiro/route", { text })).primaryPlugin, "guide-backend");
    const shown: string[] = [];
    const { events } = bridge.bridge.core;
    const listening = events.onDidAppend((event) => {
      if (event.type === "command-output" && event.stream === "stderr") shown.push(event.output);
    });
    const { success, output } = await curl(url(), "/api/kiro/execute", { command: text, target: "route" });
    assert.deepEqual([success, output], [true, JSON.stringify({ done: text })]);
    await until(() => shown.join("") === "reading\nwriting\n", "its progress");
    void listening.dispose();
  }

  /** Opens the breaker of the plugin, and closes it again. */
  async function breaks(seen: readonly Seen[]): Promise<void> {
    const states = (): unknown[] =>
      seen.filter(({ topic }) => topic.endsWith("/circuit-breaker")).map(({ payload }) => payload["state"]);
    await call("set_down", { value: true });
    await until(async () => {
      assert.equal((await call("work")).success, false);
      return states().includes("open");
    }, "the breaker to open");
    await call("set_down", { value: false });
    await until(async () => (await call("work")).output === "worked", "the breaker to let calls pass");
    await until(() => states().at(-1) === "closed", "the breaker to close");
  }

  async function sharesState(): Promise<void> {
    await until(async () => {
      const { result } = await curl(url(), "/api/kiro/execute", { command: "plugin.guide-reader.read" });
      return JSON.stringify(result) === JSON.stringify({ endpoints: ["Add an endpoint for users"] });
    }, "the other plugin to see the state");
  }

  /** Kills the process in a call and in a durable message. @returns the ID of the next one */
  async function survives(pid: number, seen: readonly Seen[]): Promise<number> {
    await job({ job: 1 });
    await until(async () => JSON.stringify(await handled()) === "[1]");
    await job({ job: 2, hangsIn: pid });
    await until(() => lines("hangs") === 1, "the message that hangs");
    const waiting = call("wait");
    await until(() => lines("waits") === 1, "the call that waits");
    const announced = seen.filter(({ payload }) => payload["status"] === "ready").length;
    process.kill(pid, "SIGKILL");
    const { success, cause } = await waiting;
    assert.deepEqual([success, cause], [false, "plugin-gone"]);
    for (const later of [3, 4, 5]) await job({ job: later });
    const next = await ready(pid);
    await until(async () => JSON.stringify(await handled()) === "[2,3,4,5]", "all messages, in order");
    await until(
      () => seen.filter(({ payload }) => payload["status"] === "ready").length > announced,
      "its announcement",
    );
    return next;
  }

  async function survivesTheBridge(pid: number): Promise<void> {
    await job({ job: 6, hangsIn: pid });
    await until(() => lines("hangs") === 2, "the message that hangs again");
    await job({ job: 7 });
    await bridge.dispose();
    bridge = await PluginBridge.start({ discovery, windowId: "window-2", port });
    await ready();
    await until(async () => JSON.stringify(await handled()) === "[6,7]", "the messages of the bridge before");
  }
});

interface Seen {
  readonly topic: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

function collect(participant: BusParticipant, pattern: string): readonly Seen[] {
  const seen: Seen[] = [];
  participant.subscribe(
    pattern,
    ({ message: { topic, payload } }) => void seen.push({ topic, payload: payload ?? {} }),
  );
  return seen;
}
