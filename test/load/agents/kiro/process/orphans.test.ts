import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { identify, isAlive, processSpace } from "../../../../../src/core/processes.ts";
import { OrphanGuard } from "../../../../../src/core/childProcesses/orphanGuard.ts";
import { sweepOrphans } from "../../../../../src/core/childProcesses/processRecord.ts";
import { NODE_SCRIPT } from "../../../../../src/core/childProcesses/watchdog.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";
import type { HostOrder } from "../../../../unit/agents/kiro/process/guardedHost.ts";

const isWindows = process.platform === "win32";
const hostModule = join(import.meta.dirname, "../../../../unit/agents/kiro/process/guardedHost.ts");

interface Host {
  readonly child: ChildProcess;
  readonly watchdog: number;
  /** The CLI and all that it has started. */
  readonly pids: readonly number[];
}

describe("When the extension host is killed", function () {
  this.timeout(180_000);
  let folder: string;
  const started: number[] = [];

  before(function () {
    if (isWindows) this.skip(); // It has neither these signals nor these groups.
  });

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    for (const pid of started.splice(0)) kill(pid);
    await removeFolder(folder);
  });

  function kill(pid: number): void {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It is gone, as it should be.
    }
  }

  /** A host in the middle of a turn. */
  async function begin(order: Omit<HostOrder, "folder">): Promise<Host> {
    const child = fork(hostModule);
    started.push(child.pid ?? 0);
    await once(child, "message");
    const told: { log?: string; watchdog?: number } = {};
    child.on("message", (more) => Object.assign(told, more));
    child.send({ folder, ...order });
    const records = (): Record<string, unknown>[] =>
      told.log === undefined || !existsSync(told.log)
        ? []
        : readFileSync(told.log, "utf8")
            .split("\n")
            .slice(0, -1)
            .map((line): Record<string, unknown> => JSON.parse(line));
    const isIn = (event: string): boolean => records().some((record) => record["event"] === event);
    const isRecorded = (): boolean => recordText().includes('"begun"');
    // Not as soon as the turn begins: a CLI that still writes when its reader is gone ends without help.
    await until(() => isIn(order.turn === "orphan" ? "grandchild" : "hang") && isRecorded());
    const pids = records().flatMap(({ event, pid, grandchild }) =>
      event === "start" ? [Number(pid)] : event === "grandchild" ? [Number(grandchild)] : [],
    );
    started.push(...pids, told.watchdog ?? 0);
    return { child, pids, watchdog: told.watchdog ?? assert.fail("there is no watchdog") };
  }

  function recordText(): string {
    const [name] = existsSync(folder) ? readNames() : [];
    return name === undefined ? "" : readFileSync(join(folder, name), "utf8");
  }

  function readNames(): string[] {
    return readdirSync(folder).filter((name) => name.startsWith("processes-"));
  }

  async function end({ child }: Host): Promise<void> {
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  const cases: readonly Omit<HostOrder, "folder">[] = [
    { way: "acp", scenario: "no-eof-exit", turn: "hang" },
    { way: "acp", scenario: "normal", turn: "hang" },
    { way: "acp", scenario: "normal", turn: "orphan" },
    { way: "oneshot", scenario: "no-eof-exit", turn: "hang" },
    { way: "pipe", scenario: "no-eof-exit", turn: "hang" },
    { way: "terminal", scenario: "no-eof-exit", turn: "hang" },
    { way: "terminal", scenario: "normal", turn: "orphan" },
  ];
  for (const order of cases) {
    it(`its CLI ends with everything that it started: ${Object.values(order).join(", ")}`, async () => {
      const host = await begin(order);
      assert.ok(host.pids.length >= (order.turn === "orphan" ? 2 : 1));
      await end(host);
      await until(() => !host.pids.some(isAlive), "the CLI and what it has started to end");
      await until(() => !isAlive(host.watchdog), "the watchdog to end");
    });
  }

  it("the next window ends what a watchdog left behind that was killed, too", async () => {
    const host = await begin({ way: "acp", scenario: "no-eof-exit", turn: "hang" });
    // So that it cannot start another one.
    host.child.kill("SIGSTOP");
    kill(host.watchdog);
    await end(host);
    assert.ok(host.pids.every(isAlive));
    assert.equal(await sweepOrphans(folder, silentLogger), host.pids.length);
    await until(() => !host.pids.some(isAlive), "the CLI to end");
    assert.deepEqual(await readdir(folder), []);
    assert.equal(await sweepOrphans(folder, silentLogger), 0);
  });

  it("a killed watchdog is replaced", async () => {
    const host = await begin({ way: "acp", scenario: "no-eof-exit", turn: "hang" });
    const next = new Promise<number>((resolve) =>
      host.child.on("message", (told: { watchdog?: number }) => {
        if (told.watchdog !== undefined) resolve(told.watchdog);
      }),
    );
    kill(host.watchdog);
    started.push(await next);
    await end(host);
    await until(() => !host.pids.some(isAlive), "the CLI to end");
  });
});

describe("The record of processes", () => {
  let folder: string;
  const running: ChildProcess[] = [];

  beforeEach(async function () {
    if (isWindows) this.skip(); // There nothing is recorded.
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    for (const child of running.splice(0)) child.kill("SIGKILL");
    await removeFolder(folder);
  });

  async function startStranger(): Promise<number> {
    const child = spawn("sleep", ["600"], { detached: true });
    running.push(child);
    await once(child, "spawn");
    return child.pid ?? 0;
  }

  async function record(owner: object, begun: object, name = "processes-1-abcdef01.jsonl"): Promise<void> {
    const lines = [{ owner }, { begun }].map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(join(folder, name), lines.join(""));
  }

  const goneOwner = { pid: process.pid, started: "long ago", machine: processSpace };

  it("exists while a process runs, for this user only, and names its owner", async () => {
    const guard = new OrphanGuard(folder, silentLogger);
    const [one, other] = [await startStranger(), await startStranger()];
    const [endOne, endOther] = [guard.watch(one), guard.watch(other)];
    const names = (): string[] => readdirSync(folder);
    await until(
      () => names().length === 1 && readFileSync(join(folder, names()[0] ?? ""), "utf8").includes(`${other}`),
    );
    const path = join(folder, names()[0] ?? "");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await sweepOrphans(folder, silentLogger), 0, "its owner lives");
    endOne();
    assert.match(await readFile(path, "utf8"), new RegExp(`"ended":${one}`));
    endOther();
    assert.deepEqual(names(), []);
    await guard.dispose();
    assert.deepEqual([isAlive(one), isAlive(other)], [true, true], "they were let go");
  });

  it("spares another process that now has the id, and what has ended", async () => {
    const pid = await startStranger();
    await record(goneOwner, { pid, started: "at another time" });
    const { started } = (await identify(pid)) ?? assert.fail();
    const ended = await startStranger();
    await record(goneOwner, { pid: ended, started: (await identify(ended))?.started }, "processes-2-abcdef01.jsonl");
    await writeFile(join(folder, "processes-2-abcdef01.jsonl"), `${JSON.stringify({ ended })}\n`, { flag: "a" });
    assert.equal(await sweepOrphans(folder, silentLogger), 0);
    assert.deepEqual([isAlive(pid), isAlive(ended), await readdir(folder)], [true, true, []]);
    await record(goneOwner, { pid, started });
    assert.equal(await sweepOrphans(folder, silentLogger), 1);
    await until(() => !isAlive(pid));
  });

  it("is ignored if it is of another machine, of a running window, or not readable yet", async () => {
    const pid = await startStranger();
    const child = { pid, started: (await identify(pid))?.started };
    const own = await identify(process.pid);
    await record({ ...goneOwner, machine: "another" }, child, "processes-1-00000001.jsonl");
    await record({ ...own, machine: processSpace }, child, "processes-1-00000002.jsonl");
    await writeFile(join(folder, "processes-1-00000003.jsonl"), '{"owner":');
    await writeFile(join(folder, "other.jsonl"), "");
    assert.equal(await sweepOrphans(folder, silentLogger), 0);
    assert.equal(isAlive(pid), true);
    assert.equal((await readdir(folder)).length, 4);
    const old = new Date(Date.now() - 2 * 60_000);
    await utimes(join(folder, "processes-1-00000003.jsonl"), old, old);
    await sweepOrphans(folder, silentLogger);
    assert.equal((await readdir(folder)).length, 3);
  });

  it("is missing without errors if the folder does not exist, or cannot be created", async () => {
    assert.equal(await sweepOrphans(join(folder, "nothing"), silentLogger), 0);
    await writeFile(join(folder, "file"), "");
    const guard = new OrphanGuard(join(folder, "file"), silentLogger);
    guard.watch(await startStranger())();
    await guard.dispose();
  });
});

describe("The watchdog of Windows", () => {
  it("ends the registered process trees, and no others, when its input ends", async function () {
    if (isWindows) this.skip(); // Here a program in taskkill's place tells what it is asked for.
    const folder = await temporaryFolder();
    try {
      const calls = join(folder, "calls");
      await writeFile(join(folder, "taskkill"), `#!/bin/sh\necho "$@" >> "${calls}"\n`);
      await chmod(join(folder, "taskkill"), 0o755);
      const env = { PATH: `${folder}:${process.env["PATH"]}` };
      const watchdog = spawn(process.execPath, ["-e", NODE_SCRIPT], { env, stdio: ["pipe", "ignore", "inherit"] });
      watchdog.stdin.write("+ 101\n+ 10");
      watchdog.stdin.write("2\n+ 103\n- 101\n");
      watchdog.stdin.end();
      await once(watchdog, "exit");
      assert.deepEqual((await readFile(calls, "utf8")).split("\n"), ["/T /F /PID 102", "/T /F /PID 103", ""]);
    } finally {
      await removeFolder(folder);
    }
  });
});
