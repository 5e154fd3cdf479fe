import assert from "node:assert/strict";
import { Readable } from "node:stream";
import type { Request } from "express";
import { LARGE } from "../../../../src/base/ownTurn.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";
import { EventFeed } from "../../../../src/channel/eventFeed.ts";
import { EventText } from "../../../../src/server/events/eventText.ts";
import { readJson } from "../../../../src/server/http/jsonBody.ts";
import { IncomingBytes } from "../../../../src/server/limits/incomingBytes.ts";
import { whenRoomFor } from "../../../../src/server/limits/lateAnswer.ts";
import { UnsentAnswers } from "../../../../src/server/limits/unsentAnswers.ts";
import { RequestQueue } from "../../../../src/server/events/requestQueue.ts";
import { textFrame } from "../../../../src/server/events/textFrame.ts";
import { ended } from "../../../support/endedExecution.ts";
import { Rounds } from "../../../support/measures/rounds.ts";
import { until } from "../../../support/until.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";

const large = "x".repeat(LARGE + 1);

/** What a large step does must not add up with another in one turn of the event loop: a small request would wait for both. */
describe("Large steps", () => {
  let rounds: Rounds;

  beforeEach(() => {
    rounds = new Rounds();
  });
  afterEach(() => rounds.dispose());

  const assertApart = (inRounds: readonly number[], count: number): void => {
    assert.equal(inRounds.length, count);
    assert.equal(new Set(inRounds).size, count, `rounds ${inRounds.join()}`);
  };

  describe("of event readers", () => {
    const output = (text: string) => ({ type: "command-error", executionId: "e", error: text }) as const;
    const say = (log: EventLog, text: string): BridgeEvent =>
      log.append({ ...output(text), errorCode: "INTERNAL_ERROR", recoverable: false });

    class Reader {
      readonly ids: number[] = [];
      readonly largeIn: number[] = [];
      readonly isBehind = false;
      send({ eventId, ...event }: BridgeEvent): void {
        this.ids.push(eventId);
        if ("error" in event && event.error === large) this.largeIn.push(rounds.now);
      }
      onceDrained(): void {}
    }

    it("are processed one by one, in order with the events before and after", async () => {
      const log = new EventLog("window");
      const readers = [new Reader(), new Reader(), new Reader()];
      const feeds = readers.map((reader) => new EventFeed(log, reader, { after: 0, wants: () => true }));
      for (const text of ["a", large, "b", large, "c"]) say(log, text);
      assert.deepEqual(readers[0]?.ids, [1]);
      await until(() => readers.every(({ ids }) => ids.length === 5));
      for (const { ids } of readers) assert.deepEqual(ids, [1, 2, 3, 4, 5]);
      assertApart(
        readers.flatMap(({ largeIn }) => largeIn),
        6,
      );
      say(log, "d");
      for (const { ids } of readers) assert.equal(ids.at(-1), 6);
      for (const feed of feeds) await feed.dispose();
    });

    it("end when the reader disconnects", async () => {
      const log = new EventLog("window");
      const [gone, stays] = [new Reader(), new Reader()];
      const feed = new EventFeed(log, gone, { after: 0, wants: () => true });
      const other = new EventFeed(log, stays, { after: 0, wants: () => true });
      say(log, large);
      await feed.dispose();
      await until(() => stays.ids.length === 1);
      assert.deepEqual(gone.ids, []);
      await other.dispose();
    });

    it("share one text, though small events are encoded in between", () => {
      const text = new EventText();
      const log = new EventLog("window");
      const [first, small] = [say(log, large), say(log, "small")];
      const frame = text.frame(first);
      text.frame(small);
      assert.equal(text.frame(first), frame);
      assert.deepEqual(frame, textFrame(JSON.stringify(first)));
    });

    it("keep no large text afterwards", async () => {
      const text = new EventText();
      const event = say(new EventLog("window"), large);
      const frame = text.frame(event);
      await until(() => text.frame(event) !== frame);
    });
  });

  it("of request bodies are processed one by one, and are counted until they are read", async () => {
    const incoming = new IncomingBytes(3 * (LARGE + 3));
    const share = incoming.shareOf(undefined);
    const body = JSON.stringify(large);
    const readIn: number[] = [];
    const reading = [1, 2, 3].map(async () => {
      const headers = { "content-type": "application/json", "content-length": String(body.length) };
      const request = Object.assign(Readable.from([Buffer.from(body)]), { headers, app: { locals: { incoming } } });
      request.once("end", () => assert.equal(share.take(3 * body.length)?.code, "RATE_LIMIT_EXCEEDED"));
      assert.equal(await readJson(request as unknown as Request, body.length), large);
      readIn.push(rounds.now);
    });
    await Promise.all(reading);
    assertApart(readIn, 3);
    assert.equal(share.take(3 * body.length), undefined);
  });

  it("of responses are processed one by one, and a small one immediately", async () => {
    const unsent = new UnsentAnswers();
    const told: number[] = [];
    for (let count = 0; count < 3; count++) whenRoomFor(unsent, ended(large), () => told.push(rounds.now));
    let isSmallTold = false;
    whenRoomFor(unsent, ended("small"), () => (isSmallTold = true));
    assert.ok(isSmallTold);
    assert.deepEqual(told, []);
    assert.equal(unsent.hasRoom, true);
    await until(() => told.length === 3);
    assertApart(told, 3);
  });

  it("of responses are counted while they wait", async () => {
    const unsent = new UnsentAnswers({ maxBytes: LARGE });
    const outputs: string[] = [];
    for (const output of [large, `${large}2`]) {
      whenRoomFor(unsent, ended(output), (told) => outputs.push(responseOf(told).output));
      assert.equal(unsent.hasRoom, false);
    }
    await until(() => outputs.length === 2);
    assert.equal(outputs[0], large);
    assert.equal(unsent.hasRoom, true);
  });

  it("of responses that wait for room are processed one by one", async () => {
    const unsent = new UnsentAnswers({ maxBytes: 10 });
    const sent = unsent.hold(10);
    const told: number[] = [];
    for (let count = 0; count < 3; count++) unsent.whenRoom(() => told.push(rounds.now));
    sent();
    await until(() => told.length === 3);
    assertApart(told, 3);
  });

  describe("of requests over a WebSocket", () => {
    it("are processed one by one and in order, followed by small ones", async () => {
      const asked: [length: number, round: number][] = [];
      const queue = new RequestQueue({
        answer: (message) => Promise.resolve(void asked.push([message.length, rounds.now])),
        whenReady: () => undefined,
      });
      for (const length of [LARGE + 1, 1, LARGE + 2, LARGE + 3, 2]) queue.push(Buffer.alloc(length));
      await until(() => asked.length === 5);
      assert.deepEqual(
        asked.map(([length]) => length),
        [LARGE + 1, 1, LARGE + 2, LARGE + 3, 2],
      );
      assertApart(
        asked.filter(([length]) => length > LARGE).map(([, round]) => round),
        3,
      );
    });

    it("are not started when the connection is closed", async () => {
      const asked: number[] = [];
      const answer = (message: Buffer): Promise<void> => Promise.resolve(void asked.push(message.length));
      const closed = new RequestQueue({ answer, whenReady: () => undefined });
      closed.push(Buffer.alloc(LARGE + 1));
      closed.clear();
      const open = new RequestQueue({ answer, whenReady: () => undefined });
      open.push(Buffer.alloc(LARGE + 2));
      await until(() => asked.length > 0);
      assert.deepEqual(asked, [LARGE + 2]);
      assert.equal(closed.bytes, 0);
    });
  });
});
