import assert from "node:assert/strict";
import { ownerProgram } from "../../../../src/core/access/principal.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { StreamWindow } from "../../../../src/windows/forward/streamWindow.ts";
import { type LinkedBridges, MemoryLink, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { until } from "../../../support/until.ts";

const BIG = "x".repeat(3 * 1024 * 1024);
/** A response with 30 MB: more than the buffers of the system hold. */
const WIDE = "€".repeat(5 * 1024 * 1024);

describe("The connection to another window", () => {
  let bridges: LinkedBridges;
  let release: (value: unknown) => void;
  const toMember = { windowId: "member-window" };
  const codeOf = (code: string) => (error: unknown) => isBridgeError(error) && error.code === code;

  beforeEach(async () => {
    const holding = Promise.withResolvers<unknown>();
    release = holding.resolve;
    bridges = await startLinkedBridges({
      member: { commands: { "test.held": () => holding.promise, "test.big": () => BIG, "test.wide": () => WIDE } },
    });
  });

  afterEach(async () => {
    release(undefined);
    await bridges.dispose();
  });

  it("transfers large bodies and large responses", async () => {
    const { status, json } = await bridges.owner.execute({ command: "test.echo", params: [BIG], ...toMember });
    assert.equal(status, 200);
    assert.equal(json["output"], BIG);
  });

  it("does not read more of a response than its client", async () => {
    const { owner, link } = bridges;
    const body = JSON.stringify({ command: "test.wide", ...toMember });
    const connection = owner.connect();
    connection.socket.pause();
    connection.write(
      `POST /api/kiro/execute HTTP/1.1\r\nHost: 127.0.0.1:${owner.port}\r\nAuthorization: Bearer test-token-0123456789-abcdefghijklmnopqrstuv\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    let unsent = -1;
    let same = 0;
    await until(() => {
      const now = [...link.accepted].reduce((sum, stream) => sum + stream.writableLength, 0);
      same = now === unsent ? same + 1 : 0;
      unsent = now;
      return unsent > BIG.length && same === 100;
    });
    connection.socket.resume();
    const received = await connection.ended;
    assert.ok(received.length > 6 * WIDE.length);
  });

  it("passes on a body that is sent in chunks", async () => {
    const { owner } = bridges;
    const { json } = await owner.execute({ command: "test.held", ...toMember }, { Prefer: "respond-async" });
    const path = `/api/kiro/executions/${String(json["executionId"])}/cancel`;
    const headers = { "Transfer-Encoding": "chunked", "Content-Length": [], "Content-Type": "application/json" };
    const answer = await owner.call(path, { method: "POST", body: "{}", headers });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { status: "running", how: "not-cancellable" });
    const refused = await owner.call(path, { method: "POST", body: "[1]" });
    assert.equal(refused.status, 400);
  });

  it("sends the events of an execution at once, and ends with the client", async () => {
    const { owner, link } = bridges;
    const { json } = await owner.execute({ command: "test.held", ...toMember }, { Prefer: "respond-async" });
    const path = `/api/kiro/executions/${String(json["executionId"])}/events`;
    const connection = owner.connect();
    connection.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${owner.port}\r\nAuthorization: Bearer test-token-0123456789-abcdefghijklmnopqrstuv\r\n\r\n`,
    );
    const received = await connection.receives(/event: command-started/);
    assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(received, /\r\nContent-Type: text\/event-stream/i);
    assert.match(received, /\r\nConnection: close\r\n/i);
    assert.equal(owner.core.clients.size, 1);
    assert.equal(bridges.member.core.clients.size, 1);
    connection.close();
    await until(() => bridges.member.core.clients.size === 0 && owner.core.clients.size === 0);
    assert.ok([...link.streams].every((stream) => !stream.destroyed));
  });

  it("waits for an execution, which counts as a connection", async () => {
    const { owner } = bridges;
    const { json } = await owner.execute({ command: "test.held", ...toMember }, { Prefer: "respond-async" });
    const waiting = owner.call(`/api/kiro/executions/${String(json["executionId"])}?wait=50`);
    await until(() => bridges.member.core.clients.size === 1);
    assert.equal(owner.core.clients.size, 1);
    release("done");
    const { status, json: record } = await waiting;
    assert.equal(status, 200);
    assert.equal(record["output"], "done");
    await until(() => owner.core.clients.size === 0);
  });

  it("is closed for the client if the window ends in the middle of a response", async () => {
    const { owner, link } = bridges;
    const { json } = await owner.execute({ command: "test.held", ...toMember }, { Prefer: "respond-async" });
    const connection = owner.connect();
    connection.write(
      `GET /api/kiro/executions/${String(json["executionId"])}/events HTTP/1.1\r\nHost: 127.0.0.1:${owner.port}\r\nAuthorization: Bearer test-token-0123456789-abcdefghijklmnopqrstuv\r\n\r\n`,
    );
    await connection.receives(/event: command-started/);
    link.end();
    // Not as a complete response: the last chunk is missing.
    assert.doesNotMatch(await connection.ended, /\r\n0\r\n\r\n$/);
  });

  it("answers all of fifty requests when the window dies", async () => {
    const { owner, member, link } = bridges;
    const answering = Array.from({ length: 50 }, () =>
      owner.execute({ command: "test.held", ...toMember }, { "User-Agent": "fifty" }),
    );
    await until(() => member.core.executions.active.size === 50);
    link.end();
    const answers = await Promise.all(answering);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
  });

  it("times out if the window never responds", async () => {
    const silent = new StreamWindow({ link: new MemoryLink(() => undefined), mirror: bridges.other });
    const call = { method: "GET", path: "/api/kiro/status", caller: ownerProgram, timeoutMs: 20 } as const;
    await assert.rejects(silent.call(call), codeOf("OPERATION_TIMEOUT"));
    const controller = new AbortController();
    const calling = silent.call({ ...call, timeoutMs: 60_000, signal: controller.signal });
    const reason = new Error("not needed any more");
    controller.abort(reason);
    await assert.rejects(calling, reason);
    silent.dispose();
    await assert.rejects(silent.call(call), codeOf("KIRO_UNAVAILABLE"));
  });

  it("times out for a client after 10 s if the window never responds to a GET", async () => {
    const silent = new StreamWindow({ link: new MemoryLink(() => undefined), mirror: bridges.other });
    bridges.windows.others = [silent];
    const { status, json } = await bridges.owner.call("/api/kiro/commands?windowId=member-window");
    assert.equal(status, 408);
    assert.equal(json["code"], "OPERATION_TIMEOUT");
    silent.dispose();
  });

  it("rejects a response that is larger than the caller can hold", async () => {
    const { other } = bridges;
    const body = { command: "test.big" };
    const call = { method: "POST", path: "/api/kiro/execute", caller: ownerProgram, body } as const;
    await assert.rejects(other.call({ ...call, maxBytes: 100_000 }), codeOf("PAYLOAD_TOO_LARGE"));
    const { status, body: text } = await other.call(call);
    assert.equal(status, 200);
    assert.ok(text.length > BIG.length);
  });
});
