import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { addressFolder } from "../../src/windows/address/folderRegister.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const ROUNDS = 20;

/** Whole bridges, each in a process of its own, that are switched on and off at the same time. */
describe("Windows that start and stop together", function () {
  this.timeout(300_000);
  let group: WindowGroup;

  beforeEach(async () => {
    group = await WindowGroup.create();
  });
  afterEach(() => group.dispose());

  const waiting = (ids: readonly string[]): Promise<WindowProcess[]> =>
    Promise.all(ids.map((id) => group.open(id, { isOff: true })));
  /** Sends a request until it reaches its window: nobody has to wait forever. */
  const reach = async (window: WindowProcess): Promise<void> => {
    const answer = await group.call("/api/kiro/execute", {
      body: { command: "test.pid", workspacePath: group.folderOf(window.id) },
    });
    assert.equal(answer?.json["result"], window.pid, answer?.text);
  };

  it(`have one owner each time when two start in the same millisecond, in ${ROUNDS} rounds`, async () => {
    const windows = await waiting(["a", "b"]);
    const wins = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const window of windows) window.say("on");
      const owner = await group.settled(windows);
      wins.set(owner.id, (wins.get(owner.id) ?? 0) + 1);
      for (const window of windows) await reach(window);
      await Promise.all(windows.map((window) => window.off()));
    }
    process.stdout.write(`      owners: ${[...wins].map(([id, count]) => `${id} ${count} times`).join(", ")}\n`);
  });

  it("share the address when one starts in the middle of the stop of another, with work in progress", async () => {
    const windows = await waiting(["a", "b"]);
    let [leaving, coming] = windows;
    leaving?.say("on");
    for (let round = 0; round < 10; round++) {
      assert.ok(leaving !== undefined && coming !== undefined);
      await group.settled([leaving]);
      const held = group.call("/api/kiro/execute", { body: { command: "test.hold", args: ["x"] } });
      const asked = Array.from({ length: 10 }, () => group.call("/api/kiro/status"));
      await Promise.all(asked);
      const off = leaving.off();
      coming.say("on");
      const during = Array.from({ length: 10 }, () => group.call("/api/kiro/windows"));
      for (const answer of await Promise.all([held, ...during])) {
        assert.ok(answer === undefined || answer.status === 200 || answer.status === 503, answer?.text);
      }
      await off;
      await group.settled([coming]);
      await reach(coming);
      [leaving, coming] = [coming, leaving];
    }
  });

  it("leave few files behind, however often the address has changed hands", async () => {
    const windows = await waiting(["a", "b", "c"]);
    for (const window of windows) window.say("on");
    await group.settled(windows);
    for (let round = 0; round < 12; round++) {
      const owner = await group.settled(windows);
      for (let at = 0; at < 10; at++) {
        const headers = { "idempotency-key": `${round}-${at}` };
        const body = { command: "test.windowId", windowId: windows[at % 3]?.currentId };
        assert.equal((await group.call("/api/kiro/execute", { body, headers }))?.status, 200);
      }
      await owner.off();
      owner.say("on");
    }
    await group.settled(windows);
    const folder = addressFolder(group.discovery, group.port);
    const names = await readdir(folder);
    const versions = names.filter((name) => /^\d+$/.test(name));
    assert.ok(versions.length <= 9, `${versions.length} versions`);
    const ledgers = names.filter((name) => name.startsWith("keys-"));
    assert.equal(ledgers.length, 1, ledgers.join());
    assert.equal(names.length, versions.length + ledgers.length, names.join());
    // 120 keys, and what was noted of them.
    const lines = (await readFile(join(folder, ledgers[0] ?? ""), "utf8")).trim().split("\n").length;
    assert.ok(lines >= 120 && lines < 500, `${lines} lines`);
  });
});
