import assert from "node:assert/strict";
import { eventsFor } from "../../../src/channel/visibleEvents.ts";
import { owner } from "../../../src/core/access/principal.ts";
import { EventLog } from "../../../src/core/events/eventLog.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";

describe("The events for a principal", () => {
  const principals = new FakePrincipals();
  const output = (principalId: string) =>
    ({ type: "command-output", executionId: "e", principalId, output: "x", stream: "stdout" }) as const;
  const append = (log: EventLog, principalId: string) => log.append(output(principalId));

  it("are the log itself, without a filter, for one that may see all", () => {
    const log = new EventLog("w");
    assert.equal(eventsFor(log, owner), log);
    assert.equal(eventsFor(log, principals.add("viewer", { role: "viewer" })), log);
  });

  it("follow each other with the IDs that they have in the log", () => {
    const log = new EventLog("w");
    const own = eventsFor(log, principals.add("own"));
    const live: number[] = [];
    const listening = own.onDidAppend(({ eventId }) => void live.push(eventId));
    for (const id of ["own", "other", "owner", "own"]) append(log, id);
    void listening.dispose();
    append(log, "own");
    assert.deepEqual(live, [1, 4]);
    assert.deepEqual(
      [...own.since(1, () => true)].map(({ eventId }) => eventId),
      [4, 5],
    );
    assert.deepEqual([...own.since(0, ({ eventId }) => eventId === 2)], []);
  });

  it("are lost only if the principal's own are, also when more principals had events than are remembered", () => {
    const log = new EventLog("w", { maxEvents: 1, maxLength: 1000 });
    const first = eventsFor(log, principals.add("p0"));
    const second = eventsFor(log, principals.add("p1"));
    append(log, "p0");
    append(log, "p1");
    append(log, "owner");
    append(log, "owner");
    assert.deepEqual([first.lostSince(0), first.lostSince(1)], [{ from: 1, to: 3 }, undefined]);
    assert.deepEqual(second.lostSince(1), { from: 2, to: 3 });
    for (let at = 2; at <= 1002; at++) append(log, `p${at}`);
    assert.notEqual(first.lostSince(0), undefined);
    assert.equal(first.lostSince(3), undefined);
    assert.notEqual(second.lostSince(1), undefined);
  });

  it("include those of other windows by the same rules, and report their loss", () => {
    const log = new EventLog("w", { maxEvents: 2, maxLength: 1e6 });
    const own = eventsFor(log, principals.add("own"));
    const live: (number | undefined)[] = [];
    own.onDidAppend(({ windowEventId }) => live.push(windowEventId));
    const head = { eventId: 1, timestamp: "", windowId: "other window" };
    for (const [at, principalId] of ["own", "other", "own"].entries())
      log.import({ ...head, ...output(principalId), windowEventId: at + 1 });
    assert.deepEqual(live, [1, 3]);
    assert.deepEqual(
      [...own.since(0, () => true)].map(({ eventId, windowEventId }) => [eventId, windowEventId]),
      [[3, 3]],
    );
    assert.deepEqual([own.lostSince(0), own.lostSince(1)], [{ from: 1, to: 1 }, undefined]);
  });

  it("hide the folders of windows from one that may see all events, but not the status", () => {
    const log = new EventLog("w", { maxEvents: 2, maxLength: 1e6 });
    const reader = eventsFor(log, principals.add("reader", { scopes: ["events:read"] }));
    append(log, "other");
    append(log, "other");
    log.append({ type: "window-joined", window: { id: "x", pid: 1, editor: "E", workspaceFolders: ["/secret"] } });
    assert.doesNotMatch(JSON.stringify([...reader.since(0, () => true)]), /secret/);
    assert.deepEqual(reader.lostSince(0), { from: 1, to: 1 });
    log.beginEpoch();
    assert.equal(reader.epoch, log.epoch);
  });
});
