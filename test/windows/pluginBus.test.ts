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

  /**
   * Repeats an attempt in which a window has lost its role or its link to the owner, as a busy machine has it do: then
   * live messages are lost, and requests fail.
   */
  async function untilUndisturbed<T>(attempt: (isDisturbed: () => boolean, number: number) => Promise<T>): Promise<T> {
    const changes = (): number => windows.reduce((sum, { roleChanges }) => sum + roleChanges, 0);
    for (let number = 1; ; number++) {
      owner = await group.settled(windows);
      members = windows.filter((window) => window !== owner);
      const before = changes();
      const isDisturbed = (): boolean => changes() !== before;
      try {
        const result = await attempt(isDisturbed, number);
        if (!isDisturbed()) return result;
      } catch (error) {
        // The report of the window may come later.
        await until(isDisturbed).catch(() => {
          throw error;
        });
      }
    }
  }

  it("is one: a plugin at the address, its owner and the members reach each other", async () => {
    const ids = windows.map(({ id }) => id);
    await untilUndisturbed(async (isDisturbed, number) => {
      const plugin = await open("shop");
      await plugin.do({ op: "subscribe", subscription: 1, pattern: `news/${number}` });
      for (const window of windows) await run(window, "test.bus.subscribe", `news/${number}`);
      for (const window of windows) await run(window, "test.bus.publish", `news/${number}`, `${window.id} ${number}`);
      await plugin.do({ op: "publish", message: { topic: `news/${number}`, payload: `shop ${number}` } });
      const expected = [...ids, "shop"].map((sender) => `${sender} ${number}`);
      for (const window of windows)
        await until(async () => isDisturbed() || hasEach(await seenBy(window), expected), `${window.id} to see all`);
      await until(() => isDisturbed() || plugin.messages.length === 4, "the plugin to see all");
      const sources = plugin.messages.map(({ source }) => source);
      plugin.break();
      if (isDisturbed()) return;
      assert.equal(sources.length, 4);
      assert.deepEqual(new Set(sources), new Set(["shop", ...ids.map((id) => `window-${id}`)]));
    });
  });

  it("answers a request of one member in another, and passes no request on that nobody answers", async () => {
    await untilUndisturbed(async (isDisturbed) => {
      const [first, second] = pairOf(members);
      await run(second, "test.bus.subscribe", "questions/*", "the answer");
      const answer = await run(first, "test.bus.request", "questions/one");
      const refusal = String(await run(first, "test.bus.request", "nobody/knows"));
      if (isDisturbed()) return;
      assert.equal(answer, "the answer");
      assert.match(refusal, /No plugin answers/);
    });
  });

  it("moves with the address: subscriptions come back, and a request that waits fails with a recoverable error", async () => {
    const { first, second, closed, failure } = await untilUndisturbed(async (isDisturbed, number) => {
      const [subscriber, requester] = pairOf(members);
      await run(subscriber, "test.bus.subscribe", "news/*");
      const plugin = await open(`slow-${number}`);
      await plugin.do({ op: "subscribe", subscription: 1, pattern: `plugin/slow-${number}/rpc` });
      await run(requester, "test.bus.ask", `plugin/slow-${number}/rpc`, number);
      await until(() => isDisturbed() || plugin.messages.length === 1, "the request at the plugin");
      return {
        first: subscriber,
        second: requester,
        closed: plugin.closed,
        failure: `KIRO_UNAVAILABLE ${number}`,
      };
    });
    await owner.kill();
    await closed;
    windows = members;
    await until(async () => hasEach(await seenBy(second), [failure]), "the error of the request");
    await untilUndisturbed(async (isDisturbed, number) => {
      // Its subscription is there when this is done.
      await run(first, "test.bus.subscribe", "news/*");
      for (const window of windows) await run(window, "test.bus.publish", "news/after", `${window.id} after ${number}`);
      const again = await open("slow");
      await again.do({ op: "publish", message: { topic: "news/after", payload: `slow after ${number}` } });
      again.break();
      const expected = [...windows.map(({ id }) => id), "slow"].map((sender) => `${sender} after ${number}`);
      await until(async () => isDisturbed() || hasEach(await seenBy(first), expected), "all messages after it");
    });
  });
});

/** Returns true if a list has each of these once. */
function hasEach(list: unknown, expected: readonly string[]): boolean {
  return Array.isArray(list) && expected.every((each) => list.filter((item) => item === each).length === 1);
}

function pairOf([first, second]: readonly WindowProcess[]): readonly [WindowProcess, WindowProcess] {
  assert.ok(first !== undefined && second !== undefined);
  return [first, second];
}
