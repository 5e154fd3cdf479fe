import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { FileClaim } from "../../../../src/core/sharedFolder/fileClaim.ts";
import { claimPath } from "../../../../src/exports/outbox/outboxFolder.ts";
import type { Fact } from "../../../../src/exports/outbox/fact.ts";
import { isEnd } from "../../../../src/protocol/events.ts";
import { Outboxes, idsOf, readAll } from "../../../support/exports/outboxes.ts";
import { WindowProcess } from "../../../support/exports/processes/windowProcess.ts";
import { until } from "../../../support/until.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

const endsOf = (facts: readonly Fact[], status: string): Fact[] =>
  facts.filter(({ event, run }) => isEnd(event) && run?.status === status);

describe("The outbox of a window that was killed", () => {
  let outboxes: Outboxes;

  beforeEach(async () => {
    outboxes = await Outboxes.create();
  });
  afterEach(() => outboxes.dispose());

  const killed = async (runs: { ended: number; open: number; acked?: number }): Promise<void> => {
    await (await WindowProcess.start(outboxes.folder, runs)).kill();
  };
  const theirs = async (): Promise<string[]> => (await outboxes.files()).filter((path) => path.includes("dead-epoch"));
  const segments = async (): Promise<string[]> => (await theirs()).filter((path) => path.endsWith(".jsonl")).toSorted();

  it("is delivered by the next window, with an end for each run that had none", async () => {
    await killed({ ended: 50, open: 3 });
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    await outbox.adopt();
    const facts = await readAll(reader);
    assert.equal(endsOf(facts, "completed").length, 50);
    const interrupted = endsOf(facts, "interrupted");
    assert.equal(interrupted.length, 3);
    for (const { event, run } of interrupted) {
      assert.equal(event.type === "command-error" && event.status, "interrupted");
      const before = facts.filter((fact) => fact.run?.executionId === run?.executionId && fact.run !== run);
      assert.ok(before.length > 0);
      assert.ok(before.every((fact) => (fact.run?.sequence ?? 0) < (run?.sequence ?? 0)));
    }
    assert.equal(new Set(idsOf(facts)).size, facts.length);
  });

  it("is told of again with the same IDs, if the next window is killed as well", async () => {
    await killed({ ended: 5, open: 2 });
    const first = await outboxes.open("w1");
    const before = await readAll(await adopting(first));
    await first.dispose();
    const second = await outboxes.open("w2");
    const again = await readAll(await adopting(second));
    assert.deepEqual(idsOf(again), idsOf(before));
  });

  const adopting = async (outbox: Awaited<ReturnType<typeof outboxes.open>>) => {
    const reader = await outboxes.reader(outbox);
    await outbox.adopt();
    return reader;
  };

  it("goes on behind what was acknowledged", async () => {
    await killed({ ended: 50, open: 1, acked: 30 });
    const reader = await adopting(await outboxes.open());
    // One beginning that has no end, 100 events of 50 runs, 30 of these 101 acknowledged, and an end that says interrupted.
    assert.equal(reader.lag.facts, 101 - 30 + 1);
    assert.equal((await readAll(reader)).length, 101 - 30 + 1);
  });

  it("is removed when it is delivered", async () => {
    await killed({ ended: 5, open: 0 });
    const reader = await adopting(await outboxes.open());
    reader.ack(idsOf(await readAll(reader)));
    await until(async () => (await theirs()).length === 0);
    assert.deepEqual(reader.lag, { facts: 0, oldestAt: undefined });
  });

  it("is not taken while its process lives, and is taken by a window that runs when it ends", async () => {
    const clock = new ManualClock();
    const window = await WindowProcess.start(outboxes.folder, { ended: 5, open: 0 });
    const outbox = await outboxes.open("w1", { clock });
    const reader = await adopting(outbox);
    assert.deepEqual(await readAll(reader), []);
    await window.kill();
    await clock.pass(30_000);
    await until(() => reader.lag.facts === 10);
  });

  /** Makes the claim that of a process that cannot be looked up, and that was silent for an hour. */
  const silence = async (name: string): Promise<() => Promise<void>> => {
    const path = claimPath(join(outboxes.folder, name));
    const owner = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...owner, space: "another container" }));
    const touch = async (at: number): Promise<void> => await utimes(path, at / 1000, at / 1000);
    await touch(Date.now() - 3_600_000);
    return async () => await touch(Date.now());
  };
  /** Makes the claim that of another process. */
  const give = async (name: string): Promise<void> => {
    const path = claimPath(join(outboxes.folder, name));
    const owner = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...owner, id: "another" }));
  };
  const removed = async (name: string): Promise<void> => await rm(join(outboxes.folder, name), { recursive: true });
  const lookAgain = async (clock: ManualClock, outbox: Awaited<ReturnType<typeof outboxes.open>>): Promise<void> => {
    await clock.pass(30_000);
    await outbox.adopt();
  };

  it("is not taken from a window that has slept like this one, and shows that it lives soon after", async () => {
    await killed({ ended: 5, open: 1 });
    const wake = await silence("dead-epoch");
    const clock = new ManualClock();
    const outbox = await outboxes.open("w1", { clock });
    const reader = await adopting(outbox);
    await lookAgain(clock, outbox);
    await wake();
    for (let look = 0; look < 5; look++) await lookAgain(clock, outbox);
    assert.equal(reader.lag.facts, 0);
  });

  it("is taken from a window that cannot be looked up if it stays silent", async () => {
    await killed({ ended: 5, open: 1 });
    await silence("dead-epoch");
    const clock = new ManualClock();
    const outbox = await outboxes.open("w1", { clock });
    const reader = await adopting(outbox);
    for (let look = 0; look < 5; look++) await lookAgain(clock, outbox);
    assert.equal(reader.lag.facts, 12);
  });

  it("is taken later if it cannot be read at first", async () => {
    await killed({ ended: 5, open: 1 });
    const unreadable = join(outboxes.folder, "dead-epoch", "9999999999.jsonl");
    await mkdir(unreadable);
    const clock = new ManualClock();
    const outbox = await outboxes.open("w1", { clock });
    const reader = await adopting(outbox);
    assert.equal(reader.lag.facts, 0);
    await rm(unreadable, { recursive: true });
    await lookAgain(clock, outbox);
    assert.equal(endsOf(await readAll(reader), "completed").length, 5);
    assert.equal(reader.lag.facts, 12);
  });

  it("is not removed by a window that has lost it to another one", async () => {
    await killed({ ended: 5, open: 0 });
    const reader = await adopting(await outboxes.open());
    await give("dead-epoch");
    reader.ack(idsOf(await readAll(reader)));
    await outboxes.close();
    assert.ok((await segments()).length > 0);
  });

  for (const [how, lose] of Object.entries({ "has taken": give, "has taken and removed": removed }))
    it(`is told once to be lost by a window that another one ${how}`, async () => {
      const errors: string[] = [];
      let lost = 0;
      const logger = { ...silentLogger, error: (text: string) => void errors.push(text) };
      const outbox = await outboxes.open("w1", { logger, onDidLose: () => void lost++ });
      await outboxes.reader(outbox);
      await outbox.adopt();
      assert.deepEqual([errors, lost], [[], 0]);
      await lose(outbox.id);
      await outbox.adopt();
      await outbox.adopt();
      assert.deepEqual([errors.length, lost], [1, 1]);
      assert.match(errors[0] ?? "", /has taken over the outbox/);
    });

  it("is adopted by one of several windows", async () => {
    await killed({ ended: 20, open: 1 });
    const windows = await Promise.all(["a", "b", "c"].map((id) => outboxes.open(id)));
    const readers = await Promise.all(windows.map((outbox) => outboxes.reader(outbox)));
    await Promise.all(windows.map((outbox) => outbox.adopt()));
    const counts = await Promise.all(readers.map(async (reader) => (await readAll(reader)).length));
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      [0, 0, 42],
    );
  });

  it("is given to no destination that is new, and forgets those that are no longer in the settings", async () => {
    await killed({ ended: 5, open: 1 });
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox, "second");
    await outbox.adopt();
    assert.deepEqual(await readAll(reader), []);
    await until(async () => (await theirs()).length === 0);
  });

  it("may end with a torn line", async () => {
    await killed({ ended: 5, open: 1 });
    const last = (await segments()).at(-1) ?? "";
    await appendFile(last, '12345678 {"fact":{"id":"torn');
    const facts = await readAll(await adopting(await outboxes.open()));
    assert.equal(facts.length, 12);
    assert.equal(endsOf(facts, "interrupted").length, 1);
  });

  it("may have damaged lines, which are skipped", async () => {
    await killed({ ended: 5, open: 0 });
    const [path = ""] = await segments();
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, lines.map((line, at) => (at === 4 ? line.replace("exec-", "exec+") : line)).join("\n"));
    const reader = await adopting(await outboxes.open());
    assert.equal((await readAll(reader)).length, 9);
  });

  it("still has the runs that had not ended when files before were removed", async () => {
    await killed({ ended: 100, open: 2 });
    const all = await segments();
    assert.ok(all.length > 3);
    await rm(all[0] ?? "");
    const facts = await readAll(await adopting(await outboxes.open()));
    assert.equal(endsOf(facts, "interrupted").length, 2);
  });

  it("is left to the next window at a stop", async () => {
    const first = await outboxes.open("w1");
    await outboxes.reader(first);
    const fact = outboxes.end(first, "a");
    await first.dispose();
    assert.equal(await FileClaim.isHeld(claimPath(join(outboxes.folder, first.id))), false);
    const reader = await adopting(await outboxes.open("w2"));
    assert.deepEqual(idsOf(await readAll(reader)), [fact.id]);
  });

  it("leaves no files of a window that had nothing to deliver", async () => {
    const outbox = await outboxes.open();
    await outboxes.reader(outbox);
    await outbox.dispose();
    assert.deepEqual(await outboxes.files(), []);
  });
});
