import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { consumerOf } from "../support/plugins/durableMessages.ts";
import { DurableLogs, receive } from "../support/plugins/durableLogs.ts";
import { until } from "../support/until.ts";

const program = join(import.meta.dirname, "../support/programs/durableProgram.ts");
const ROUNDS = 5;
/** More than one round prints. */
const ROUND_NUMBERS = 1_000_000;

/** One bridge, and what it has confirmed. */
class KilledBridge {
  readonly stored: number[] = [];
  readonly done: number[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;

  constructor(folder: string, first: number) {
    this.#child = spawn(process.execPath, [program, folder, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
    this.#closed = new Promise((resolve) => this.#child.once("close", () => resolve()));
    const { stdout } = this.#child;
    assert.ok(stdout !== null);
    createInterface({ input: stdout }).on("line", (line) => {
      const [what, number] = line.split(" ");
      (what === "stored" ? this.stored : this.done).push(Number(number));
    });
  }

  /** Kills it when it has stored and delivered so many messages. */
  async killAfter(count: number): Promise<void> {
    try {
      await until(() => Math.min(this.stored.length, this.done.length) >= count, `${count} messages`);
    } finally {
      this.#child.kill("SIGKILL");
      await this.#closed;
    }
  }
}

const missing = (expected: readonly number[], found: ReadonlySet<number>): readonly number[] =>
  expected.filter((number) => !found.has(number));

describe("A bridge that is killed", () => {
  let logs: DurableLogs;
  beforeEach(async () => {
    logs = await DurableLogs.create();
  });
  afterEach(() => logs.dispose());

  it("has every message that it has confirmed, once and in order", async () => {
    const bridges: KilledBridge[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const bridge = new KilledBridge(logs.folder, round * ROUND_NUMBERS);
      bridges.push(bridge);
      await bridge.killAfter(50 + round * 333);
    }
    const stored = bridges.flatMap((bridge) => bridge.stored);
    const log = logs.open();
    const reader = receive(log, consumerOf("reader"));
    const worker = receive(log, consumerOf("worker"));
    await until(() => log.consumers.length === 2 && log.consumers.every(({ waiting }) => waiting === 0));
    const read = reader.payloads.map(Number);
    assert.deepEqual(
      read,
      read.toSorted((a, b) => a - b),
      "in order",
    );
    assert.equal(new Set(read).size, read.length, "once");
    assert.deepEqual(missing(stored, new Set(read)), [], "nothing is lost");
    const done = new Set([...bridges.flatMap((bridge) => bridge.done), ...worker.payloads.map(Number)]);
    assert.deepEqual(missing(stored, done), [], "nothing is lost for a consumer that acknowledges");
    assert.equal(done.size, read.length);
  });
});
