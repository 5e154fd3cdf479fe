import assert from "node:assert/strict";
import { BusClient } from "../support/plugins/busClient.ts";
import { until } from "../support/until.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

/** Whole bridges, each in a process of its own, which share one bus. */
describe("The bus of several windows", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let windows: readonly WindowProcess[];
  let owner: WindowProcess;
  let members: readonly WindowProcess[];

  beforeEach(async () => {
    group = await WindowGroup.create();
    windows = await group.three();
    owner = await group.settled(windows);
    members = windows.filter((window) => window !== owner);
  });
  afterEach(() => group.dispose());

  /** Runs a command in the editor of a window. Returns its result, or the code of its error. */
  const run = async (window: WindowProcess, command: string, ...params: unknown[]): Promise<unknown> => {
    const sent = await group.execute({ command, params, windowId: window.id });
    if (sent.kind !== "answer") return undefined;
    return sent.body["success"] === true ? sent.body["result"] : sent.body["error"];
  };
  const seenBy = (window: WindowProcess) => run(window, "test.bus.seen");
  const open = (name: string): Promise<BusClient> => BusClient.open(group, { query: { name } });

  it("is one: a plugin at the address, its owner and the members reach each other", async () => {
    const [first, second] = members;
    assert.ok(first !== undefined && second !== undefined);
    const plugin = await open("shop");
    await plugin.do({ op: "subscribe", subscription: 1, pattern: "news/*" });
    for (const window of windows) await run(window, "test.bus.subscribe", "news/*");
    for (const window of windows) await run(window, "test.bus.publish", "news/now", window.id);
    await plugin.do({ op: "publish", message: { topic: "news/now", payload: "shop" } });
    for (const window of windows) await until(async () => countOf(await seenBy(window)) === 4);
    await until(() => plugin.messages.length === 4);
    assert.deepEqual(
      new Set(plugin.messages.map(({ source }) => source)),
      new Set(["shop", ...windows.map(({ id }) => `window-${id}`)]),
    );
    plugin.break();
  });

  it("answers a request of one member in another, and passes no request on that nobody answers", async () => {
    const [first, second] = members;
    assert.ok(first !== undefined && second !== undefined);
    await run(second, "test.bus.subscribe", "questions/*", "the answer");
    await until(async () => (await run(first, "test.bus.request", "questions/one")) === "the answer");
    assert.match(String(await run(first, "test.bus.request", "nobody/knows")), /No plugin answers/);
  });

  it("moves with the address: subscriptions come back, and a request that waits fails with a recoverable error", async () => {
    const [first, second] = members;
    assert.ok(first !== undefined && second !== undefined);
    await run(first, "test.bus.subscribe", "news/*");
    const plugin = await open("slow");
    await plugin.do({ op: "subscribe", subscription: 1, pattern: "plugin/slow/rpc" });
    await run(second, "test.bus.ask", "plugin/slow/rpc");
    await plugin.waitForType("message");
    await owner.kill();
    await plugin.closed;
    const next = await group.settled(members);
    await until(async () => String(await seenBy(second)) === "KIRO_UNAVAILABLE");
    for (const window of members) {
      await run(window, "test.bus.publish", "news/after", window.id);
      await until(async () => String(await seenBy(first)).includes(window.id), `a message of ${window.id}`);
    }
    const again = await open("slow");
    await again.do({ op: "publish", message: { topic: "news/after", payload: "slow" } });
    await until(async () => String(await seenBy(first)).includes("slow"));
    assert.ok(members.includes(next));
    again.break();
  });
});

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
