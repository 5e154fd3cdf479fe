import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { Writable } from "node:stream";
import { identify, isAlive, isLiving, programOf } from "../../../src/core/processes.ts";

const isWindows = process.platform === "win32";

/** A pid that lived and lives no more. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
}

describe("A process", () => {
  it("is alive, or is not", async () => {
    const dead = deadPid();
    assert.deepEqual([isAlive(process.pid), isAlive(dead)], [true, false]);
    assert.equal(await identify(dead), undefined);
    assert.equal(await isLiving({ pid: dead }), false);
  });

  it("is distinguished by its start time from a later one with the same id", async () => {
    const own = await identify(process.pid);
    assert.deepEqual(await identify(process.pid), own);
    assert.equal(await isLiving(own ?? assert.fail()), true);
    assert.equal(await isLiving({ pid: process.pid }), true);
    if (isWindows) return; // There the start is not told.
    assert.equal(typeof own?.started, "string");
    assert.equal(await isLiving({ pid: process.pid, started: "at another time" }), false);
    assert.notEqual((await identify(process.ppid))?.started, own?.started);
  });

  it("is not alive when it has ended, even before its parent has collected it", async function () {
    if (process.platform !== "linux") this.skip();
    // The shell becomes a program that knows nothing of the child it has: one that echoes, so that we know when it has.
    const parent = spawn("sh", ["-c", "cat <&3 >/dev/null & echo $!; exec cat"], {
      stdio: ["pipe", "pipe", "ignore", "pipe"],
    });
    try {
      const { stdin, stdout } = parent;
      assert.ok(stdin !== null && stdout !== null);
      const [line] = (await once(stdout, "data")) as [Buffer];
      const pid = Number(line.toString());
      stdin.write("are you there?");
      await once(stdout, "data");
      const childInput = parent.stdio[3];
      if (childInput instanceof Writable) childInput.end();
      while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
      process.kill(pid, 0); // Does not throw: the id is still taken.
      assert.equal(await isLiving({ pid }), false);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it("is named after its executable, whatever its title and its arguments are", async function () {
    if (isWindows) this.skip();
    const script = "process.title = 'hunter2'; process.stdout.write('ready'); setInterval(() => {}, 1000);";
    const child = spawn(process.execPath, ["-e", script, "--", "--password=hunter2"]);
    try {
      await once(child.stdout, "data");
      assert.equal(await programOf(child.pid ?? 0), basename(process.execPath));
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("has no name when it has ended", async () => assert.equal(await programOf(deadPid()), undefined));
});
