import assert from "node:assert/strict";
import type { RawConnection } from "../../../support/httpClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

describe("GET /api/kiro/events", () => {
  let bridge: TestBridge;
  let clock: TestClock | undefined;

  beforeEach(async () => {
    bridge = await startTestBridge();
  });

  afterEach(async () => {
    clock?.release();
    await bridge.dispose();
  });

  const open = (query = "", headers: Record<string, string> = {}): RawConnection => {
    const all = { Host: `127.0.0.1:${bridge.port}`, Authorization: `Bearer ${TEST_TOKEN}`, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return bridge.connect().write(`GET /api/kiro/events${query} HTTP/1.1\r\n${lines.join("")}\r\n`);
  };
  const echo = (text: string) => bridge.execute({ command: "test.echo", args: [text] });
  const idsIn = (text: string): number[] =>
    [...text.matchAll(/\nid: [\w-]+:(\d+)\n/g)].map((match) => Number(match[1]));

  it("starts with connection-ready and sends events from then on", async () => {
    await echo("before");
    const stream = open();
    const first = await stream.receives(/event: connection-ready\nid: [\w-]+:(\d+)\ndata: .*\n\n/);
    assert.match(first, /Content-Type: text\/event-stream/i);
    await echo("after");
    const text = await stream.receives(/event: command-completed\n.*\n.*after.*\n\n/);
    assert.ok(!text.includes("before"));
  });

  it("resumes after Last-Event-ID without gaps or duplicates, and detects a restart by its epoch", async () => {
    for (const text of ["a", "b", "c"]) await echo(text);
    const { epoch, lastId } = bridge.core.events;
    const resumed = await open("", { "Last-Event-ID": `${epoch}:3` }).receives(
      new RegExp(`\\nid: ${epoch}:${lastId}\\n`),
    );
    assert.deepEqual(
      idsIn(resumed),
      Array.from({ length: lastId - 2 }, (_, at) => 3 + at),
    );
    const plain = await open("", { "Last-Event-ID": "3" }).receives(new RegExp(`\\nid: ${epoch}:${lastId}\\n`));
    assert.deepEqual(idsIn(plain), idsIn(resumed));
    const replayed = await open("", { "Last-Event-ID": "another-life:3" }).receives(
      new RegExp(`\\nid: ${epoch}:${lastId}\\n`),
    );
    assert.equal(idsIn(replayed).length, lastId + 1);
  });

  it("resumes at the same event when it was disconnected after connection-ready", async () => {
    await echo("a");
    const text = await open("?since=1").receives(/\nid: [\w-]+:\d+\n/);
    assert.equal(idsIn(text)[0], 1);
  });

  it("accepts a filter in the URL", async () => {
    const { json } = await echo("a");
    const stream = open(`?since=0&types=command-completed,command-error&executionId=${String(json["executionId"])}`);
    await echo("b");
    const text = await stream.receives(/event: command-completed/);
    assert.ok(!text.includes("command-started"));
  });

  it("rejects unknown parameters", async () => {
    for (const query of ["?since=-1", "?since=x", "?types=done", "?other=1"]) {
      assert.equal((await bridge.call(`/api/kiro/events${query}`)).status, 400, query);
    }
    assert.equal((await bridge.call("/api/kiro/events", { headers: { "Last-Event-ID": "x y" } })).status, 400);
    assert.equal((await bridge.call("/api/kiro/events", { headers: { Authorization: "Bearer x" } })).status, 401);
    assert.equal((await bridge.call("/api/kiro/events", { method: "HEAD" })).status, 200);
  });

  it("ends when the bridge stops, and when the user disconnects it", async () => {
    const [one, two] = [open(), open()];
    await Promise.all([one.receives(/connection-ready/), two.receives(/connection-ready/)]);
    const [first] = bridge.core.clients.list().filter(({ kind }) => kind === "sse");
    bridge.core.clients.disconnect(first?.id ?? "");
    await Promise.race([one.ended, two.ended]);
    assert.equal(bridge.core.clients.size, 1);
    // No time passes: the streams are ended, not waited for.
    clock = TestClock.stopped();
    await bridge.dispose();
    await Promise.all([one.ended, two.ended]);
  });
});
