import assert from "node:assert/strict";
import { JournalAllowance } from "../../../../src/history/journal/journalAllowance.ts";
import { JournalQueue } from "../../../../src/history/journal/journalQueue.ts";
import type { JournalEncoder } from "../../../../src/history/journal/journalEncoder.ts";
import { ended } from "../../../support/endedExecution.ts";
import { until } from "../../../support/until.ts";

const MI = 1024 * 1024;

describe("The queue of the journal", () => {
  let spelled: number;
  let queue: JournalQueue;

  beforeEach(() => {
    spelled = 0;
    const encoder = { step: () => "", end: () => `line ${++spelled}\n` };
    queue = new JournalQueue(encoder as unknown as JournalEncoder, new JournalAllowance(MI));
  });

  const end = (length: number): void => {
    const execution = ended("x".repeat(length));
    const { id: executionId } = execution;
    const event = { type: "command-cancelled", executionId, how: "dequeued", eventId: 1, timestamp: "", windowId: "w" };
    queue.addEnd(event as Parameters<JournalQueue["addEnd"]>[0], execution);
  };

  it("encodes a large run soon after the turn in which it ends, without a request for its lines", async () => {
    end(3 * MI);
    assert.equal(spelled, 0);
    await until(() => spelled === 1);
    assert.equal(queue.next(MI), "line 1\n");
  });

  it("encodes small runs in order when their lines are requested", () => {
    for (let run = 0; run < 3; run++) end(1000);
    assert.equal(spelled, 0);
    assert.equal(queue.next(MI), "line 1\nline 2\nline 3\n");
  });

  it("buffers at most 32 Mi characters of output in one turn", () => {
    for (let run = 0; run < 5; run++) end(3 * MI);
    assert.equal(spelled, 0);
    end(3 * MI);
    assert.equal(spelled, 6);
  });
});
