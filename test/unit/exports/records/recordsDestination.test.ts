import assert from "node:assert/strict";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import type { Fact } from "../../../../src/exports/outbox/fact.ts";
import { recordsDestination } from "../../../../src/exports/records/recordsDestination.ts";
import type { RunRecord } from "../../../../src/exports/records/runRecord.ts";
import { endFactOf, FACT_TIME, factOf, runOf } from "../../../support/exports/facts.ts";
import { lifeOf } from "../../../support/exports/runFacts.ts";
import { TestClock } from "../../../support/testClock.ts";

const { signal } = new AbortController();

describe("A destination of records", () => {
  const open = (write: (record: RunRecord, signal: AbortSignal) => Promise<"written" | "kept">) => {
    const written: RunRecord[] = [];
    const store = {
      write: async (record: RunRecord, limit: AbortSignal) => {
        written.push(record);
        return await write(record, limit);
      },
      dispose: () => undefined,
    };
    const ports = { windowId: "w1", now: () => FACT_TIME };
    return {
      destination: recordsDestination({ store, place: "The table 'runs'", ttlDays: undefined, ports }),
      written,
    };
  };
  const ok = () => Promise.resolve("written" as const);
  const idsOf = (records: readonly RunRecord[]) => records.map(({ id, sequence }) => `${id}@${sequence}`).toSorted();

  it("wants the start, questions and end of executions, and nothing else", () => {
    const { destination } = open(ok);
    const run = runOf("exec-1");
    const of = { executionId: "exec-1" };
    const wanted = lifeOf("exec-1");
    const others: Fact[] = [
      factOf({ type: "command-output", ...of, output: "x", stream: "stdout" }, 1, run),
      factOf({ type: "tool-call", ...of, toolCallId: "t", title: "x" }, 1, run),
      factOf({ type: "status-changed", status: "busy" }),
    ];
    assert.deepEqual(
      [...wanted, ...others].map((fact) => destination.wants(fact.event.type)),
      [true, true, true, false, false, false],
    );
  });

  it("writes the newest state of each execution, in whatever order they come", async () => {
    const { destination, written } = open(ok);
    const [started, asking, ended] = lifeOf("exec-1");
    const receipt = await destination.send([ended, started, asking, ...lifeOf("exec-2").slice(0, 2)], signal);
    assert.deepEqual(idsOf(written), ["exec-1@3", "exec-2@2"]);
    assert.deepEqual(receipt, { outcome: "stored" });
  });

  it("stores the others when the store never takes one, which it tells by its fact", async () => {
    const tooLarge = new DeliveryFailure("refused", "It is too large.");
    const { destination, written } = open((record) => (record.id === "exec-2" ? Promise.reject(tooLarge) : ok()));
    const facts = ["exec-1", "exec-2", "a/b", "exec-3"].map((id, index) => endFactOf(id, index));
    const { outcome, refused = [] } = await destination.send(facts, signal);
    assert.equal(outcome, "stored");
    assert.deepEqual(idsOf(written), ["exec-1@3", "exec-2@3", "exec-3@3"]);
    const reasons = new Map(refused.map(({ id, reason }) => [id, reason]));
    assert.deepEqual([...reasons.keys()].toSorted(), ["w1-e1-1", "w1-e1-2"]);
    assert.equal(reasons.get("w1-e1-1"), "It is too large.");
    assert.match(reasons.get("w1-e1-2") ?? "", /characters/);
  });

  it("begins no other item after the store wants fewer requests, and waits for those that have begun", async () => {
    const slow = Promise.withResolvers<"written">();
    const busy = new DeliveryFailure("passing", "Too many requests.", { retryAfterMs: 500 });
    const { destination, written } = open(({ id }) => (id === "exec-0" ? slow.promise : Promise.reject(busy)));
    const facts = Array.from({ length: 40 }, (_, number) => endFactOf(`exec-${number}`, number));
    const sending = destination.send(facts, signal);
    slow.resolve("written");
    await assert.rejects(sending, (error) => error === busy);
    assert.ok(written.length <= 8, `${written.length} were begun`);
  });

  it("ends with the reason of its signal", async () => {
    const { destination } = open(
      (_, limit) => new Promise((_resolve, reject) => limit.addEventListener("abort", () => reject(limit.reason))),
    );
    const controller = new AbortController();
    const sending = destination.send(lifeOf("exec-1"), controller.signal);
    controller.abort(new Error("stopped"));
    await assert.rejects(sending, /stopped/);
  });

  it("does not wait for ever", async () => {
    const clock = TestClock.stopped();
    const { destination } = open(
      (_, limit) => new Promise((_resolve, reject) => limit.addEventListener("abort", () => reject(limit.reason))),
    );
    const sending = destination.send(lifeOf("exec-1"), signal);
    clock.pass(90_000);
    await assert.rejects(sending, (error) => error instanceof DeliveryFailure && error.kind === "passing");
    clock.release();
  });

  it("writes one marked item for a test", async () => {
    const { destination, written } = open(ok);
    const receipt = await destination.test(signal);
    assert.deepEqual(receipt, { outcome: "stored", detail: "The table 'runs' has the item 'kiro-bridge-test'." });
    assert.deepEqual(
      written.map(({ fields }) => fields.isTest),
      [true],
    );
  });
});
