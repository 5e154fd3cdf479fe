import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Writable } from "node:stream";
import { isObject } from "../fixtures/simulator/jsonExample.ts";
import { withDeadline } from "./editor/deadline.ts";

/** The simulator's entry. Tests run from the root of the repository. */
export const simulatorPath = resolve("test/fixtures/simulator/main.ts");

type SimulatorRecord = Readonly<Record<string, unknown>> & { readonly event: string; readonly time: number };
export type SimulatorExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A running simulator and all that it has said so far. */
export type SimulatorProcess = {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdin: Writable;
  /** Everything so far, as UTF-8. */
  stdout(): string;
  stderr(): string;
  /** The pieces as they arrived, for tests about cuts. */
  readonly stdoutPieces: readonly Buffer[];
  /**
   * Rejects, quoting both streams, when `isTrue` has not become true in time. Looked at after every output, record
   * and exit, never polled.
   */
  until(what: string, isTrue: () => boolean): Promise<void>;
  /** `exit` of the process, which may come before `close`. */
  exited(): Promise<SimulatorExit>;
  /** `exit`, and all pipes at their end. */
  closed(): Promise<SimulatorExit>;
  /** What FAKE_KIRO_LOG holds: all of it, or one kind of event. */
  records(event?: string): SimulatorRecord[];
};

const DEADLINE_MS = 60_000;
const running = new Set<() => void>();

/**
 * Starts `node test/fixtures/simulator/main.ts …` in a process group of its own, with a nearly empty environment
 * and short pauses (`FAKE_KIRO_CHUNK_MS=0`, `FAKE_KIRO_THINK_MS=0`, `FAKE_KIRO_WORDS=12`) unless `env` says
 * otherwise. End it with `endSimulators`.
 */
export function spawnSimulator(args: readonly string[], env: Readonly<Record<string, string>> = {}): SimulatorProcess {
  const folder = mkdtempSync(join(tmpdir(), "kiro-simulator-"));
  const logPath = join(folder, "log.jsonl");
  const child = spawn(process.execPath, [simulatorPath, ...args], {
    detached: true,
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      FAKE_KIRO_CHUNK_MS: "0",
      FAKE_KIRO_THINK_MS: "0",
      FAKE_KIRO_WORDS: "12",
      FAKE_KIRO_LOG: logPath,
      ...env,
    },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("The simulator was not started");
  const stdoutPieces = collect(child.stdout);
  const stderrPieces = collect(child.stderr);
  const exit = new Promise<SimulatorExit>((done) => child.once("exit", (code, signal) => done({ code, signal })));
  const close = new Promise<SimulatorExit>((done) => child.once("close", (code, signal) => done({ code, signal })));
  const stdout = (): string => Buffer.concat(stdoutPieces).toString("utf8");
  const stderr = (): string => Buffer.concat(stderrPieces).toString("utf8");
  const inTime = <T>(what: string, work: Promise<T>): Promise<T> =>
    withDeadline(work, DEADLINE_MS, what).catch((error: unknown) => {
      throw new Error(`${String(error)}\nstdout: ${tail(stdout())}\nstderr: ${tail(stderr())}`, { cause: error });
    });
  child.stdin.on("error", () => {}); // A simulator that dies takes its stdin with it; the test looks at the exit.
  const watchers = new Set<() => void>();
  const look = (): void => {
    for (const watcher of watchers) watcher();
  };
  for (const emitter of [child.stdout, child.stderr]) for (const event of ["data", "end"]) emitter.on(event, look);
  for (const event of ["exit", "close"]) child.on(event, look);
  const folderWatch = watch(folder, look);
  running.add(() => {
    folderWatch.close();
    killGroup(pid);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    child,
    pid,
    stdin: child.stdin,
    stdout,
    stderr,
    stdoutPieces,
    until: (what, isTrue) => inTime(what, whenTrue(isTrue, watchers)),
    exited: () => inTime("exit", exit),
    closed: () => inTime("close", close),
    records: (event) => readRecords(logPath).filter((record) => event === undefined || record.event === event),
  };
}

/** Resolves when `isTrue` says so. It is asked at once, and then whenever the watchers are called. */
function whenTrue(isTrue: () => boolean, watchers: Set<() => void>): Promise<void> {
  return new Promise((done) => {
    const watcher = (): void => {
      if (!isTrue()) return;
      watchers.delete(watcher);
      done();
    };
    watchers.add(watcher);
    watcher();
  });
}

/** Kills every simulator of this file's tests with its whole group. For `afterEach`. */
export function endSimulators(): void {
  for (const end of running) end();
  running.clear();
}

/** Is there any process left in the group? */
export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Already gone, which is what we want.
  }
}

function collect(stream: NodeJS.ReadableStream): Buffer[] {
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  return pieces;
}

function readRecords(path: string): SimulatorRecord[] {
  // What follows the last newline is not whole yet.
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line): unknown => JSON.parse(line)).filter(isRecord);
}

function isRecord(value: unknown): value is SimulatorRecord {
  return isObject(value) && typeof value["event"] === "string" && typeof value["time"] === "number";
}

function tail(text: string): string {
  return JSON.stringify(text.slice(-2000));
}
