import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { owner } from "../../../../src/core/access/principal.ts";
import { admitAs } from "../../../../src/server/guards/principals.ts";
import { Socket } from "node:net";
import { ClientRegistry } from "../../../../src/server/clients.ts";
import { openEventSession } from "../../../../src/server/events/eventSession.ts";
import { StreamSink } from "../../../../src/server/events/eventStream.ts";
import { MAX_WAITING_BYTES } from "../../../../src/server/limits/slowReaders.ts";
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

  it("streams only the events of this execution, live, and ends after the last", async () => {
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

  it("replays an ended execution, and ends", async () => {
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

  it("resumes after Last-Event-ID", async () => {
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

  it("responds 204 to a client that reconnects after the last event", async () => {
    const { json } = await bridge.execute({ command: "test.echo" });
    const id = String(json["executionId"]);
    const last = readEvents((await events(id)).text).at(-1);
    assert.equal((await events(id, { "Last-Event-ID": String(last?.id) })).status, 204);
  });

  it("rejects an invalid Last-Event-ID, and answers HEAD without a stream", async () => {
    const id = await chat();
    for (const bad of ["x", "-1", "1.5", "9".repeat(30)]) {
      assert.equal((await events(id, { "Last-Event-ID": bad })).status, 400);
    }
    const head = await bridge.call(`/api/kiro/executions/${id}/events`, { method: "HEAD" });
    assert.equal(head.status, 200);
  });

  it("reports lost events to a slow reader and continues, in bounded memory", async () => {
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

describe("StreamSink", () => {
  it("applies backpressure while more than 1 MiB is unread", async () => {
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    const clients = new ClientRegistry();
    admitAs(request, owner);
    const opened = await openEventSession(request, response, clients);
    assert.ok(opened);
    const sink = new StreamSink(opened, response);
    response.write("x".repeat(MAX_WAITING_BYTES - 1024));
    assert.equal(sink.isBehind, false);
    response.write("x".repeat(2048));
    assert.equal(sink.isBehind, true);
    response.destroy();
    clients.dispose();
  });
});
