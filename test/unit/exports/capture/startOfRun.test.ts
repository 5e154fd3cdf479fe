import assert from "node:assert/strict";
import type { Outbox } from "../../../../src/exports/outbox/outbox.ts";
import type { OutboxReader } from "../../../../src/exports/outbox/outboxReader.ts";
import { CapturedWindow } from "../../../support/exports/capturedWindow.ts";
import { Outboxes, readAll } from "../../../support/exports/outboxes.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

describe("The start of a run, for a reader of its newest state", () => {
  let outboxes: Outboxes;
  let outbox: Outbox;
  let reader: OutboxReader;
  let clock: ManualClock;
  let window: CapturedWindow;

  beforeEach(async () => {
    outboxes = await Outboxes.create();
    outbox = await outboxes.open();
    reader = await outboxes.reader(outbox, "newest", { wantsLatestOnly: true });
    clock = new ManualClock();
    window = new CapturedWindow(outbox, "w1", clock);
  });
  afterEach(async () => {
    window.dispose();
    await outboxes.dispose();
  });

  const typesOf = async (): Promise<string[]> => (await readAll(reader)).map(({ event }) => event.type);

  it("is no fact if the run ends at once", async () => {
    window.start().finish({ kind: "completed" });
    await clock.pass(1000);
    assert.deepEqual(await typesOf(), ["command-completed"]);
  });

  it("is not on the disk, nor is the end, if the run ends at once and nobody wants it", async () => {
    await reader.remove();
    reader = await outboxes.reader(outbox, "other", { wantsLatestOnly: true, wants: () => false });
    window.start().finish({ kind: "completed" });
    outbox.flush();
    assert.deepEqual(
      (await outboxes.files()).filter((path) => path.endsWith(".jsonl")),
      [],
    );
  });

  it("is one soon if the run goes on, and before what the run does", async () => {
    window.start();
    assert.deepEqual(await typesOf(), []);
    await clock.pass(20);
    assert.deepEqual(await typesOf(), ["command-started"]);
    const asks = window.start();
    asks.waitForInput({
      questionId: "q",
      prompt: "?",
      inputType: "text",
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    outbox.flush();
    assert.deepEqual(await typesOf(), ["command-started", "user-input-required"]);
  });

  it("is one when the exports end", async () => {
    window.start();
    window.dispose();
    outbox.flush();
    assert.deepEqual(await typesOf(), ["command-started"]);
  });

  it("is one for another reader that wants it", async () => {
    const every = await outboxes.reader(outbox, "every");
    window.start().finish({ kind: "completed" });
    assert.deepEqual(
      (await readAll(every)).map(({ event }) => event.type),
      ["command-started", "command-completed"],
    );
  });
});
