import assert from "node:assert/strict";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";
import { EventFeed, type EventSink, MAX_WAITING_BYTES } from "../../../../src/channel/eventFeed.ts";
import { nextEvent } from "../../../support/events.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

/** The events of a text in the format of Server-Sent Events. */
function readEvents(text: string): { id: number; event: string; data: Record<string, unknown> }[] {
  return text
    .split("\n\n")
    .map((block) => Object.fromEntries(block.split("\n").map((line) => line.split(/:\s*(.*)/s).slice(0, 2))))
    .filter((fields) => fields["data"] !== undefined)
    .map(({ id, event, data }) => ({ id: Number(id), event: String(event), data: JSON.parse(String(data)) }));
}

describe("GET /api/kiro/executions/{id}/events", () => {
  let bridge: TestBridge;
  let say: (text: string) => void;
  let end: () => void;

  beforeEach(async () => {
    const agent = new FakeAgent();
    const { promise, resolve } = Promise.withResolvers<void>();
    end = resolve;
    agent.turn = async (_task, context) => {
      say = (text) => context.output(text);
      await promise;
      return { kind: "completed" };
    };
    bridge = await startTestBridge({ agent });
  });

  afterEach(async () => {
    end();
    await bridge.dispose();
  });

  const chat = async (): Promise<string> => {
    const answer = await bridge.execute({ command: "kiro.cli.chat", args: ["hi"] }, { Prefer: "respond-async" });
    return String(answer.json["executionId"]);
  };
  const events = (id: string, headers = {}) => bridge.call(`/api/kiro/executions/${id}/events`, { headers });

  it("streams the events of this execution alone, live, and ends behind the last", async () => {
    const id = await chat();
    const request = `GET /api/kiro/executions/${id}/events HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\n`;
    const stream = bridge.connect().write(`${request}Authorization: Bearer ${TEST_TOKEN}\r\nConnection: close\r\n\r\n`);
    await stream.receives(/event: command-started/);
    await bridge.execute({ command: "test.echo", args: ["not mine"] });
    say("one\ntwo");
    const soFar = await stream.receives(/event: command-output/);
    assert.match(soFar, /Content-Type: text\/event-stream/i);
    assert.match(soFar, /X-Request-Id: /i);
    end();
    const all = await stream.ended;
    assert.match(all, /event: command-completed/);
    assert.ok(!all.includes("not mine"));
    assert.ok(all.includes('"output":"one\\ntwo"'));
  });

  it("replays an execution that has ended, and ends", async () => {
    const id = await chat();
    say("text");
    end();
    await bridge.core.executions.get(id)?.settled;
    const answer = await events(id);
    assert.equal(answer.status, 200);
    assert.match(String(answer.headers["cache-control"]), /no-store/);
    const read = readEvents(answer.text);
    assert.deepEqual(
      read.map(({ event }) => event),
      ["command-started", "command-output", "command-completed"],
    );
    for (const { id: eventId, event, data } of read) {
      assert.equal(data["eventId"], eventId);
      assert.equal(data["type"], event);
      assert.equal(data["executionId"], id);
    }
  });

  it("goes on behind Last-Event-ID", async () => {
    const id = await chat();
    say("a");
    await nextEvent(bridge.core.events, "command-output");
    say("b");
    end();
    await bridge.core.executions.get(id)?.settled;
    const [, second] = readEvents((await events(id)).text);
    const rest = readEvents((await events(id, { "Last-Event-ID": String(second?.id) })).text);
    assert.deepEqual(
      rest.map(({ event, data }) => [event, data["output"]]),
      [
        ["command-output", "b"],
        ["command-completed", "ab"],
      ],
    );
  });

  it("tells a client that comes back for more than there is to stay away", async () => {
    const { json } = await bridge.execute({ command: "test.echo" });
    const id = String(json["executionId"]);
    const last = readEvents((await events(id)).text).at(-1);
    assert.equal((await events(id, { "Last-Event-ID": String(last?.id) })).status, 204);
  });

  it("refuses a Last-Event-ID that is none, and answers HEAD without a stream", async () => {
    const id = await chat();
    for (const bad of ["x", "-1", "1.5", "9".repeat(30)]) {
      assert.equal((await events(id, { "Last-Event-ID": bad })).status, 400);
    }
    const head = await bridge.call(`/api/kiro/executions/${id}/events`, { method: "HEAD" });
    assert.equal(head.status, 200);
  });

  it("tells a slow reader what it lost, and goes on from there, without growing", async () => {
    const id = await chat();
    const connection = bridge.connect();
    const head = `GET /api/kiro/executions/${id}/events HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\n`;
    connection.write(`${head}Authorization: Bearer ${TEST_TOKEN}\r\nConnection: close\r\n\r\n`);
    await connection.receives(/command-started/);
    connection.socket.pause();
    const chunk = "x".repeat(64 * 1024);
    for (let count = 0; count < 400; count++) say(chunk);
    connection.socket.resume();
    const lost = await connection.receives(/event: events-lost\nid: \d+\ndata: .*\n/);
    say("after");
    end();
    const all = await connection.ended;
    assert.ok(all.length < 400 * chunk.length);
    assert.match(lost, /"type":"events-lost","from":\d+,"to":\d+/);
    assert.match(all, /events-lost.*"output":"after".*command-completed/s);
  });
});

describe("EventFeed", () => {
  const send = (log: EventLog, output: string) =>
    log.append({ type: "command-output", executionId: "e", output, stream: "stdout" });
  const all = () => true;

  class FakeSink implements EventSink {
    readonly sent: BridgeEvent[] = [];
    waitingBytes = 0;
    #drained: (() => void) | undefined;

    send(event: BridgeEvent): void {
      this.sent.push(event);
    }

    onceDrained(listener: () => void): void {
      this.#drained = listener;
    }

    drain(): void {
      this.waitingBytes = 0;
      this.#drained?.();
    }

    get ids(): (number | string)[] {
      return this.sent.map((event) =>
        event.type === "events-lost" ? `lost ${event.from}-${event.to}` : event.eventId,
      );
    }
  }

  it("replays behind the cursor and then follows", () => {
    const log = new EventLog("w");
    for (const text of ["1", "2", "3"]) send(log, text);
    const sink = new FakeSink();
    void new EventFeed(log, sink, { after: 1, wants: all });
    send(log, "4");
    assert.deepEqual(sink.ids, [2, 3, 4]);
  });

  it("announces what the log no longer has", () => {
    const log = new EventLog("w", { maxEvents: 2, maxLength: 1e6 });
    for (const text of ["1", "2", "3", "4"]) send(log, text);
    const sink = new FakeSink();
    void new EventFeed(log, sink, { after: 0, wants: all });
    assert.deepEqual(sink.ids, ["lost 1-2", 3, 4]);
  });

  it("waits for a slow reader while it replays, and loses nothing that the log still has", () => {
    const log = new EventLog("w");
    for (const text of ["1", "2", "3"]) send(log, text);
    const sink = new FakeSink();
    sink.waitingBytes = MAX_WAITING_BYTES + 1;
    const feed = new EventFeed(log, sink, { after: 0, wants: all });
    let isCaughtUp = false;
    feed.whenCaughtUp(() => {
      isCaughtUp = true;
    });
    send(log, "4");
    assert.deepEqual(sink.ids, []);
    sink.drain();
    assert.deepEqual(sink.ids, [1, 2, 3, 4]);
    assert.ok(isCaughtUp);
  });

  it("leaves live events out while more than 1 MiB waits, says which, and goes on from now", () => {
    const log = new EventLog("w");
    const sink = new FakeSink();
    const feed = new EventFeed(log, sink, {
      after: 0,
      wants: (event) => !("output" in event) || event.output !== "other",
    });
    send(log, "1");
    sink.waitingBytes = MAX_WAITING_BYTES + 1;
    for (const text of ["other", "3", "4", "other"]) send(log, text);
    let isCaughtUp = false;
    feed.whenCaughtUp(() => {
      isCaughtUp = true;
    });
    assert.deepEqual(sink.ids, [1]);
    assert.ok(!isCaughtUp);
    sink.drain();
    send(log, "6");
    assert.deepEqual(sink.ids, [1, "lost 3-4", 6]);
    assert.ok(isCaughtUp);
  });

  it("sends nothing after its end", async () => {
    const log = new EventLog("w");
    const sink = new FakeSink();
    await new EventFeed(log, sink, { after: 0, wants: all }).dispose();
    send(log, "1");
    assert.deepEqual(sink.ids, []);
  });
});
