import assert from "node:assert/strict";
import type { BridgeEntry } from "../../../../src/windows/bridgeEntry.ts";
import { Succession } from "../../../../src/hosting/presence/succession.ts";

const FIRST = "http://127.0.0.1:3001";
const NEXT = "http://127.0.0.1:3002";

describe("The succession of an address", () => {
  let now: number;
  let succession: Succession;

  beforeEach(() => {
    now = 0;
    succession = new Succession({ now: () => now });
  });

  const entry = (url: string, ...pids: readonly number[]): BridgeEntry => ({
    version: "0.1.0",
    url,
    pid: 1,
    windows: pids.map((pid) => ({ id: String(pid), pid, editor: "Code", workspaceFolders: [] })),
  });
  const awaited = (): string[] => [FIRST, NEXT].filter((url) => succession.isAwaited(entry(url)));
  const earlier = (): string[] => [...succession.earlier];

  it("leaves the entry of the owner to its successor while this window is a member", () => {
    succession.follow({ role: "member", url: FIRST });
    now += 3_600_000;
    assert.deepEqual([awaited(), earlier()], [[FIRST], [FIRST]]);
  });

  it("awaits the successor for ten seconds after the owner has ended", () => {
    succession.follow({ role: "member", url: FIRST });
    succession.follow({ role: "seeking", url: FIRST });
    now += 10_000;
    assert.deepEqual(awaited(), [FIRST]);
    now += 1;
    assert.deepEqual(awaited(), []);
  });

  it("replaces the entry of the owner when this window takes over the port directly", () => {
    succession.follow({ role: "member", url: FIRST });
    succession.follow({ role: "seeking", url: FIRST });
    succession.follow({ role: "owner", url: FIRST });
    assert.deepEqual([awaited(), earlier()], [[FIRST], [FIRST]]);
    succession.published(FIRST);
    assert.deepEqual([awaited(), earlier()], [[], [FIRST]]);
  });

  it("awaits nothing when the port went to a program in between, and this window owns another one", () => {
    succession.follow({ role: "member", url: FIRST });
    succession.follow({ role: "seeking", url: FIRST });
    succession.follow({ role: "owner", url: NEXT });
    assert.deepEqual([awaited(), earlier()], [[], [FIRST, NEXT]]);
    succession.published(NEXT);
    succession.follow({ role: "owner", url: FIRST });
    assert.deepEqual([awaited(), earlier()], [[], [NEXT, FIRST]]);
  });

  it("awaits nothing at the start of a window, or after the address was lost", () => {
    succession.follow({ role: "owner", url: FIRST });
    assert.deepEqual(awaited(), []);
    succession.follow({ role: "member", url: FIRST });
    succession.follow({ role: "failed", url: FIRST });
    assert.deepEqual(awaited(), []);
  });

  it("knows all URLs of several owners that were stopped one after another", () => {
    succession.follow({ role: "member", url: FIRST });
    succession.follow({ role: "member", url: NEXT });
    succession.follow({ role: "owner", url: "http://127.0.0.1:3003" });
    assert.deepEqual(earlier(), [FIRST, NEXT, "http://127.0.0.1:3003"]);
  });

  describe("that is not the own one", () => {
    const isAwaited = (...pids: readonly number[]): boolean => succession.isAwaited(entry(FIRST, ...pids));

    it("is left to the other windows of its owner for five seconds, from when it is seen without the owner", () => {
      now = 60_000;
      assert.equal(isAwaited(process.ppid), true);
      now += 5_000;
      assert.equal(isAwaited(process.ppid), true);
      now += 1;
      assert.deepEqual([isAwaited(process.ppid), isAwaited(process.ppid)], [false, false]);
    });

    it("is left to nobody if no other window is running", () => {
      assert.deepEqual([isAwaited(), isAwaited(1), isAwaited(process.pid)], [false, false, false]);
    });

    it("is left to nobody once this window has it", () => {
      assert.equal(isAwaited(process.ppid), true);
      succession.follow({ role: "owner", url: FIRST });
      assert.equal(isAwaited(process.ppid), false);
    });
  });
});
