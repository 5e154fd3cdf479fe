import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { CliProgram } from "../../../../../src/agents/agent.ts";
import { type KiroProcess, startKiroProcess } from "../../../../../src/agents/kiro/process/kiroProcess.ts";
import { isBridgeError } from "../../../../../src/protocol/errors.ts";
import { causeOf, type UnavailableCause } from "../../../../../src/protocol/unavailable.ts";
import { withDeadline } from "../../../../support/editor/deadline.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";

const started: KiroProcess[] = [];

/** Node runs `script`; it has said `ready` when this resolves. */
async function run(script: string, env: Record<string, string> = {}, writeProgressMs = 5000): Promise<KiroProcess> {
  const program: CliProgram = { command: process.execPath, leadingArgs: ["-e"], env, isSimulated: false };
  const options = { cwd: process.cwd(), logger: silentLogger, writeProgressMs };
  const child = await startKiroProcess(program, [script], options);
  started.push(child);
  return child;
}

async function ready(child: KiroProcess): Promise<KiroProcess> {
  await once(child.stdout, "data");
  return child;
}

function textOf(child: KiroProcess): () => string {
  const pieces: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => pieces.push(bytes));
  return () => Buffer.concat(pieces).toString("utf8");
}

const exitOf = (child: KiroProcess) => withDeadline(child.exited, 60_000, "the end of the process");

/** Behind what is due now: promises that have settled, and what follows from them. */
const soon = () => new Promise(setImmediate);

/** Processes of the group that are alive; one that is dead but not yet collected by its parent does not count. */
function livingInGroup(groupId: number): string[] {
  const { stdout } = spawnSync("ps", ["-eo", "pgid=,stat=,args="], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => new RegExp(`^\\s*${groupId}\\s+[^Z]`, "u").test(line));
}

const SAY_READY = "process.stdout.write('ready');";
const STAY = "setInterval(() => {}, 1000);";
const DEAF = "for (const s of ['SIGINT','SIGTERM']) process.on(s, () => {});";

describe("KiroProcess", () => {
  let clock: TestClock;

  beforeEach(() => {
    clock = new TestClock();
  });

  afterEach(async () => {
    clock.release();
    for (const child of started) {
      child.kill();
      await exitOf(child);
      await until(() => livingInGroup(child.pid).length === 0, "the end of the group");
    }
    started.length = 0;
  });

  it("delivers all output before it reports the exit, with the end of the error output", async () => {
    const child = await run(
      "process.stdout.write('a'.repeat(300000)); process.stderr.write('x'.repeat(9000) + '\\u001b[31mlast words\\u001b[0m\\n'); process.exitCode = 3;",
    );
    const text = textOf(child);
    const { code, signal, stderrTail } = await exitOf(child);
    assert.deepEqual({ code, signal, length: text().length }, { code: 3, signal: null, length: 300_000 });
    assert.equal(stderrTail.length, 4096);
    assert.ok(stderrTail.endsWith("xlast words\n"));
    assert.equal(child.isRunning, false);
  });

  it("leads its own process group, in a clean environment and the given folder", async () => {
    const child = await run(
      "process.stdout.write(JSON.stringify([process.cwd(), process.env.NO_COLOR ?? null, process.env.MINE]))",
      {
        MINE: "1",
      },
    );
    const text = textOf(child);
    await exitOf(child);
    assert.deepEqual(JSON.parse(text()), [process.cwd(), null, "1"]);
    const stays = await run(STAY);
    assert.equal(livingInGroup(stays.pid).length, 1);
  });

  it("distinguishes a missing program from a missing folder", async () => {
    const program: CliProgram = { command: "/no/such/kiro-cli", leadingArgs: [], env: {}, isSimulated: false };
    const options = { cwd: process.cwd(), logger: silentLogger };
    await assert.rejects(startKiroProcess(program, [], options), isUnavailable("cli-missing"));
    const notExecutable = { ...program, command: `${process.cwd()}/package.json` };
    await assert.rejects(startKiroProcess(notExecutable, [], options), isUnavailable("cli-missing"));
    const node = { ...program, command: process.execPath };
    await assert.rejects(startKiroProcess(node, [], { ...options, cwd: "/no/such/folder" }), {
      code: "CONFIGURATION_ERROR",
    });
  });

  it("never uses a shell", async () => {
    const program: CliProgram = {
      command: process.execPath,
      leadingArgs: ["-p", "process.argv[1]"],
      env: {},
      isSimulated: false,
    };
    const nasty = "; echo $HOME `id` && \"'";
    const child = await startKiroProcess(program, [nasty], { cwd: process.cwd(), logger: silentLogger });
    const text = textOf(child);
    await exitOf(child);
    assert.equal(text(), `${nasty}\n`);
  });

  it("writes complete texts in order, waiting for a slow reader", async () => {
    const child = await run("process.stdin.pause(); setTimeout(() => process.stdin.pipe(process.stdout), 100);");
    const text = textOf(child);
    await Promise.all([child.write("é".repeat(200_000)), child.write("second")]);
    child.endInput();
    await exitOf(child);
    assert.equal(text(), `${"é".repeat(200_000)}second`);
  });

  it("times out for a program that does not read", async () => {
    const child = await run(STAY, {}, 100);
    await assert.rejects(child.write("x".repeat(1_000_000)), isUnavailable("cli-not-responding"));
  });

  it("rejects a write to a program that has ended", async () => {
    const child = await run("process.exit(0)");
    await exitOf(child);
    await assert.rejects(child.write("x".repeat(1_000_000)), isUnavailable("cli-ended"));
  });

  for (const [way, script, waits, expected] of [
    [
      "the end of input",
      `process.stdin.resume().on('end', () => process.exit(7)); ${SAY_READY}`,
      [],
      { code: 7, signal: null },
    ],
    ["SIGTERM after 250 ms", `${STAY} ${SAY_READY}`, [250], { code: null, signal: "SIGTERM" }],
    ["SIGKILL after 2 s more", `${DEAF} ${STAY} ${SAY_READY}`, [250, 2000], { code: null, signal: "SIGKILL" }],
  ] as const) {
    it(`ends by ${way} if that is sufficient`, async () => {
      const child = await ready(await run(script));
      clock.stop();
      const ended = child.end();
      for (const ms of waits) {
        clock.pass(ms - 1);
        await soon();
        assert.equal(child.isRunning, true);
        clock.pass(1);
        await soon();
      }
      await ended;
      const { code, signal } = await exitOf(child);
      assert.deepEqual({ code, signal }, expected);
    });
  }

  it("interrupts the whole group", async () => {
    const child = await ready(await run(`process.on('SIGINT', () => process.exit(5)); ${STAY} ${SAY_READY}`));
    assert.equal(child.interrupt(), true);
    assert.equal((await exitOf(child)).code, 5);
    assert.equal(child.interrupt(), false);
  });

  const orphanage = (end: string): string =>
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(STAY)}], {stdio: 'inherit'}).unref(); ${SAY_READY} ${end}`;

  it("does not wait for a grandchild that holds the pipe, and kills it", async () => {
    const child = await ready(await run(orphanage("process.stdin.resume().on('end', () => process.exit(0));")));
    clock.stop();
    child.endInput();
    await until(() => !child.isRunning, "the exit");
    clock.pass(2000);
    assert.equal((await exitOf(child)).code, 0);
    await until(() => livingInGroup(child.pid).length === 0, "the end of the grandchild");
  });

  it("reports immediately that the CLI was killed, even when a grandchild holds the pipe", async () => {
    const child = await ready(await run(orphanage(STAY)));
    clock.stop();
    process.kill(child.pid, "SIGKILL");
    assert.equal((await exitOf(child)).signal, "SIGKILL");
  });

  it("waits for a paused reader, and delivers the rest when the program has ended", async () => {
    const child = await run("process.stdout.write('x'.repeat(5_000_000), () => process.exit(0));");
    const text = textOf(child);
    await once(child.stdout, "data");
    child.stdout.pause();
    assert.equal(child.isRunning, true, "the program can not have written all");
    child.stdout.resume();
    await exitOf(child);
    assert.equal(text().length, 5_000_000);
  });
});

function isUnavailable(cause: UnavailableCause): (error: unknown) => boolean {
  return (error) => isBridgeError(error) && causeOf(error) === cause;
}
