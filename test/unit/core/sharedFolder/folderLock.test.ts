import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rmdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processSpace } from "../../../../src/core/processes.ts";
import { withFolderLock } from "../../../../src/core/sharedFolder/folderLock.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const HOLDERS = 4;
const ROUNDS = 12;
const isWindows = process.platform === "win32";
const holder = join(import.meta.dirname, "lockHolder.ts");

describe("The lock of a folder", function () {
  this.timeout(120_000);
  let place: string;
  let deadPid: number;
  let holders: ChildProcess[];

  before(async () => {
    deadPid = Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
    holders = await Promise.all(Array.from({ length: HOLDERS }, start));
  });

  after(() => {
    for (const child of holders) child.kill("SIGKILL");
  });

  beforeEach(async () => {
    place = await temporaryFolder();
  });

  afterEach(() => removeFolder(place));

  async function start(): Promise<ChildProcess> {
    const child = fork(holder);
    await once(child, "message");
    return child;
  }

  async function tell(child: ChildProcess, order: object): Promise<unknown> {
    child.send(order);
    const [answer] = await once(child, "message");
    return answer;
  }

  async function leaveBehind(folder: string, name: string, owner: string | object, ageMs = 0): Promise<void> {
    const lock = join(folder, name);
    if (typeof owner === "string") await writeFile(lock, owner);
    else {
      await mkdir(lock);
      await writeFile(join(lock, "owner.json"), JSON.stringify(owner));
    }
    const then = new Date(Date.now() - ageMs);
    await utimes(lock, then, then);
  }

  const dead = (id: string): object => ({ id, pid: deadPid, started: "long ago", space: processSpace });
  const isFree = (folder: string): Promise<boolean> => withFolderLock(folder, async () => true, 60_000);
  const isHeld = (folder: string): Promise<void> =>
    assert.rejects(
      withFolderLock(folder, async () => true, 300),
      { code: "EEXIST" },
    );

  const remains: Record<string, (folder: string) => Promise<void>> = {
    free: async () => undefined,
    "left behind by a crash": (folder) => leaveBehind(folder, "bridge.lock", dead("a")),
    "left behind by an earlier version": (folder) => leaveBehind(folder, "bridge.lock", String(deadPid)),
    "left behind in the middle of being taken over": async (folder) => {
      await leaveBehind(folder, "bridge.lock", dead("a"));
      await leaveBehind(folder, "bridge.lock.takeover", dead("b"));
      await leaveBehind(folder, "bridge.lock.takeover.takeover", dead("c"));
    },
  };
  for (const [name, prepare] of Object.entries(remains)) {
    it(`that is ${name} is acquired by many processes, one after the other`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const folder = join(place, String(round));
        await mkdir(folder);
        await prepare(folder);
        const answers = await Promise.all(holders.map((child) => tell(child, { folder })));
        assert.deepEqual(
          answers,
          Array.from(holders, () => "alone"),
          `round ${round}`,
        );
        assert.deepEqual(await readdir(folder), ["work"]);
      }
    });
  }

  it("is never taken from a running process, and is released when that is killed", async function () {
    const child = await start();
    assert.equal(await tell(child, { folder: place, stays: true }), "inside");
    if (!isWindows) child.kill("SIGSTOP");
    const longAgo = new Date(Date.now() - 60 * 60_000);
    await utimes(join(place, "bridge.lock"), longAgo, longAgo);
    if (!isWindows) await isHeld(place);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(await isFree(place), true);
    await rmdir(join(place, "inside"));
    assert.deepEqual(await readdir(place), []);
  });

  it("is taken over when its process id now belongs to another process", async function () {
    if (isWindows) this.skip(); // There the start of a process is not told.
    const reused = { id: "a", pid: process.pid, started: "long ago", space: processSpace };
    await leaveBehind(place, "bridge.lock", reused, 10_000);
    assert.equal(await isFree(place), true);
  });

  const living = (id: string): object => ({ id, pid: process.pid, space: processSpace });

  it("is not taken over while another process takes it over", async () => {
    await leaveBehind(place, "bridge.lock", dead("a"));
    await leaveBehind(place, "bridge.lock.takeover", living("b"));
    await isHeld(place);
  });

  it("is not taken by a slower process from one that took it over first", async () => {
    await leaveBehind(place, "bridge.lock", dead("a"));
    await leaveBehind(place, "bridge.lock.takeover", living("b"));
    const slower = withFolderLock(place, async () => undefined, 3000);
    const refused = assert.rejects(slower, { code: "EEXIST" });
    // It has seen what was left behind, and wants to remove it.
    const isWaiting = async (): Promise<boolean> =>
      (await readdir(place)).some((name) => /^bridge\.lock\.takeover\..{36}$/.test(name));
    while (!(await isWaiting())) await new Promise((resolve) => setImmediate(resolve));
    await removeFolder(join(place, "bridge.lock"));
    await leaveBehind(place, "bridge.lock", living("c"));
    // Released at once, as its holder does: the other process can take a folder that is only empty.
    await rename(join(place, "bridge.lock.takeover"), join(place, "released"));
    await refused;
    assert.deepEqual(JSON.parse(await readFile(join(place, "bridge.lock", "owner.json"), "utf8")), living("c"));
  });

  it("of another machine is judged by its age, not by its process id", async () => {
    const foreign = { id: "a", pid: deadPid, space: "another machine" };
    await leaveBehind(place, "bridge.lock", foreign);
    await isHeld(place);
    const old = new Date(Date.now() - 2 * 60_000);
    await utimes(join(place, "bridge.lock"), old, old);
    assert.equal(await isFree(place), true);
  });

  it("releases only its own lock", async () => {
    const others = living("other");
    await withFolderLock(place, async () => {
      await removeFolder(join(place, "bridge.lock"));
      await leaveBehind(place, "bridge.lock", others);
    });
    assert.deepEqual(JSON.parse(await readFile(join(place, "bridge.lock", "owner.json"), "utf8")), others);
  });

  it("is released when the work fails", async () => {
    await assert.rejects(
      withFolderLock(place, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await isFree(place), true);
  });

  it("removes leftovers of a crash, but not what others prepare", async () => {
    const id = "00000000-0000-4000-8000-000000000000";
    await leaveBehind(place, `bridge.lock.${id}`, dead(id));
    const waiting = id.replaceAll("0", "1");
    await leaveBehind(place, `bridge.lock.${waiting}`, living(waiting));
    await withFolderLock(place, async () => undefined);
    assert.deepEqual(await readdir(place), [`bridge.lock.${waiting}`]);
  });

  it("reports immediately that the folder does not exist", async () => {
    await assert.rejects(
      withFolderLock(join(place, "nothing"), async () => undefined),
      { code: "ENOENT" },
    );
  });
});
