import assert from "node:assert/strict";
import { EventFeed } from "../../../../src/channel/eventFeed.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";
import { EventReader } from "./eventReader.ts";
import { SocketClient, type SocketMessage } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { openAs } from "../access/accessRig.ts";

const text = (output: string) => ({ type: "command-output", executionId: "e", output, stream: "stdout" }) as const;
const seen = (event: BridgeEvent): SocketMessage => ({ ...event });

/** Sends the events of a window to the owner, as a link does. */
function join(owner: EventLog, member: EventLog): EventFeed {
  const send = (event: BridgeEvent): void => {
    if (event.type === "events-lost") owner.importLost(event.windowId, event.from, event.to);
    else owner.import({ ...event, windowEventId: event.eventId });
  };
  const after = owner.lastImportedOf(member.windowId);
  return new EventFeed(
    member.own,
    { send, isBehind: false, onceDrained: () => undefined },
    { after, wants: () => true },
  );
}

/**
 * Three windows. The first owner is a log alone: it has ended. The second is a whole bridge, which takes over; the third
 * remains a member. A client has followed the first owner.
 */
describe("The events after another window has taken over the address", () => {
  const principals = new FakePrincipals();
  const reading = principals.add("reading", { role: "viewer" });
  let bridge: TestBridge;
  let first: EventLog;
  let third: EventLog;
  let reader: EventReader;

  beforeEach(async () => {
    bridge = await startTestBridge({ principals });
    first = new EventLog("first");
    third = new EventLog("third", { maxEvents: 4, maxLength: 1e6 });
    reader = new EventReader();
    const { events: second } = bridge.core;
    const links = [join(first, second), join(first, third)];
    reader.begin(first.epoch, 0);
    const reading = first.onDidAppend((event) => reader.take(seen(event)));
    for (const n of [1, 2, 3]) for (const log of [first, second, third]) log.append(text(`${n}`));
    await reading.dispose();
    // The first owner ends; what happens elsewhere goes on, and nobody reads it.
    for (const n of [4, 5, 6, 7, 8]) for (const log of [second, third]) log.append(text(`${n}`));
    for (const link of links) await link.dispose();
    second.beginEpoch();
    void join(second, third);
    second.append({ type: "window-left", leftWindowId: "first", reason: "crashed" });
  });
  afterEach(async () => {
    await bridge.dispose();
    for (const log of [first, third]) log.dispose();
  });

  const own = (): string => bridge.core.events.windowId;
  /** New to the client: the events of both windows that it has not seen, as far as they are kept, each once. */
  const expected = (more: readonly string[] = []): string[] =>
    [...[4, 5, 6, 7, 8, 9].map((n) => `${own()}:${n}`), ...[5, 6, 7, 8].map((n) => `third:${n}`), ...more].toSorted();

  function assertComplete(before: number, more: readonly string[] = []): void {
    const keys = reader.keys.slice(before);
    assert.deepEqual(keys.toSorted(), expected(more));
    assert.ok(reader.repeated > 0, "what the client knows arrives again");
    for (const window of [own(), "third"]) {
      const numbers = keys.filter((key) => key.startsWith(`${window}:`)).map((key) => Number(key.split(":")[1]));
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        "in order",
      );
    }
    const lost = reader.fresh.filter(({ type }) => type === "events-lost");
    assert.deepEqual(
      lost.map(({ lostWindowId, lostFrom, lostTo, from, to, eventId }) => [
        lostWindowId,
        lostFrom,
        lostTo,
        from === to && to === eventId,
      ]),
      [["third", 1, 4, true]],
    );
    assert.ok(reader.fresh.some(({ type, leftWindowId }) => type === "window-left" && leftWindowId === "first"));
  }

  it("reach a WebSocket with a cursor of the old owner, each recognizable as seen or new", async () => {
    const before = reader.keys.length;
    const client = await SocketClient.open(bridge, { path: `/ws?${reader.query}` });
    const [ready] = client.messages;
    assert.equal(ready?.["epoch"], bridge.core.events.epoch);
    assert.equal(ready["lastEventId"], bridge.core.events.lastId);
    third.append(text("live"));
    await client.waitFor(({ windowEventId, windowId }) => windowId === "third" && windowEventId === 9);
    for (const event of client.events) reader.take(event);
    assertComplete(before, ["third:9"]);
    client.close();
    // From here on, its cursor is one of the new owner.
    reader.begin(bridge.core.events.epoch, reader.cursor.since);
    const again = reader.repeated;
    const back = await SocketClient.open(bridge, { path: `/ws?${reader.query}` });
    bridge.core.events.append(text("last"));
    await back.waitFor(({ windowEventId, windowId }) => windowId === own() && windowEventId === 10);
    for (const event of back.events) reader.take(event);
    assert.deepEqual([reader.keys.at(-1), reader.repeated], [`${own()}:10`, again]);
    back.close();
  });

  it("reach a subscription with a cursor of the old owner", async () => {
    const before = reader.keys.length;
    const client = await SocketClient.open(bridge);
    const { result } = await client.ask("subscribe", reader.cursor);
    assert.deepEqual(result, { epoch: bridge.core.events.epoch, since: 0, lastEventId: bridge.core.events.lastId });
    await client.waitFor(({ eventId }) => eventId === bridge.core.events.lastId);
    for (const event of client.events) reader.take(event);
    assertComplete(before);
    client.close();
  });

  it("reach an event stream with a Last-Event-ID of the old owner", async () => {
    const before = reader.keys.length;
    const { epoch, since } = reader.cursor;
    const { epoch: now, lastId } = bridge.core.events;
    const stream = openAs(bridge, reading, "/api/kiro/events", { "Last-Event-ID": `${epoch}:${since}` });
    const whole = await stream.receives(new RegExp(`\\nid: ${now}:${lastId}\\ndata: .*\\n\\n`));
    assert.match(whole, new RegExp(`event: connection-ready\\nid: ${now}:0\\n`));
    for (const [, data = ""] of whole.matchAll(/\ndata: (.*)\n/g)) reader.take(JSON.parse(data) as SocketMessage);
    assertComplete(before);
  });

  it("tell what is lost also to a subscription of other types, or of one execution", async () => {
    for (const filter of ["types=command-completed", "executionId=none"]) {
      const client = await SocketClient.open(bridge, { path: `/ws?${reader.query}&${filter}` });
      const lost = await client.waitForType("events-lost");
      assert.deepEqual([lost["lostWindowId"], client.events.length], ["third", 2]);
      client.close();
    }
  });
});
