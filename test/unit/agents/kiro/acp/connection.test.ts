import assert from "node:assert/strict";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { Json } from "../../../../../src/protocol/values.ts";
import { RpcConnection } from "../../../../../src/agents/kiro/acp/connection.ts";
import { RpcError, RpcTimeout } from "../../../../../src/agents/kiro/acp/rpc.ts";

class Peer {
  readonly sent: Record<string, unknown>[] = [];
  readonly heard: string[] = [];
  readonly warnings: string[] = [];
  onRequest: (method: string, params: unknown) => Promise<Json> | undefined = () => undefined;
  readonly connection = new RpcConnection(
    async (line) => void this.sent.push(JSON.parse(line)),
    {
      notification: (method, params) => void this.heard.push(`${method} ${JSON.stringify(params)}`),
      request: (method, params) => this.onRequest(method, params),
    },
    { ...silentLogger, warn: (text) => void this.warnings.push(text) },
  );

  receive(message: unknown): void {
    this.connection.receive(JSON.stringify(message));
  }
}

const turnOfEvents = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("A JSON-RPC connection", () => {
  it("resolves each call with its own response, in any order", async () => {
    const peer = new Peer();
    const calls = ["a", "b", "c"].map((method) => peer.connection.request(method, { method }));
    for (const { id, method } of peer.sent.toReversed()) peer.receive({ id, result: `answer to ${String(method)}` });
    assert.deepEqual(await Promise.all(calls), ["answer to a", "answer to b", "answer to c"]);
  });

  it("reports the error of the other side, including its data", async () => {
    const peer = new Peer();
    const call = peer.connection.request("session/prompt", {});
    peer.receive({ id: 1, error: { code: -32603, message: "Internal error", data: "the real cause" } });
    await assert.rejects(call, (error: unknown) => {
      assert(error instanceof RpcError);
      assert.deepEqual([error.code, error.message], [-32603, "Internal error: the real cause"]);
      return true;
    });
  });

  it("settles every call when it is closed, and rejects new ones", async () => {
    const peer = new Peer();
    const gone = new Error("the process is gone");
    const calls = [peer.connection.request("a", {}), peer.connection.request("b", {})];
    peer.connection.close(gone);
    for (const call of calls) await assert.rejects(call, gone);
    await assert.rejects(peer.connection.request("c", {}), gone);
    await assert.rejects(peer.connection.notify("d", {}), gone);
  });

  it("rejects a call at its limit or when its signal aborts, and ignores the late response", async () => {
    const peer = new Peer();
    await assert.rejects(peer.connection.request("slow", {}, { timeoutMs: 5 }), RpcTimeout);
    const cancel = new AbortController();
    const call = peer.connection.request("slow", {}, { signal: cancel.signal });
    cancel.abort(new Error("enough"));
    await assert.rejects(call, /enough/u);
    peer.receive({ id: 1, result: {} });
    peer.receive({ id: 2, result: {} });
    assert.equal(peer.warnings.length, 2);
  });

  it("ignores and logs unknown and duplicate responses", async () => {
    const peer = new Peer();
    const call = peer.connection.request("a", {});
    peer.receive({ id: "no-such-request", result: 1 });
    peer.receive({ id: null, error: { code: -32700, message: "Parse error" } });
    peer.receive({ id: 1, result: "first" });
    peer.receive({ id: 1, result: "second" });
    assert.equal(await call, "first");
    assert.equal(peer.warnings.length, 3);
  });

  it("reports a response before later messages", async () => {
    const peer = new Peer();
    const call = peer.connection.request("a", {}, { onAnswer: () => void peer.heard.push("answered") });
    peer.receive({ method: "before", params: 1 });
    peer.receive({ id: 1, result: {} });
    peer.receive({ method: "after", params: 2 });
    await call;
    assert.deepEqual(peer.heard, ["before 1", "answered", "after 2"]);
  });

  it("answers requests with their own id, text or number, and rejects unknown methods", async () => {
    const peer = new Peer();
    peer.onRequest = (method) => (method === "known" ? Promise.resolve({ ok: true }) : undefined);
    peer.receive({ id: "0000-uuid", method: "known" });
    peer.receive({ id: 0, method: "fs/read_text_file" });
    await turnOfEvents();
    assert.deepEqual(
      peer.sent.toSorted((a, b) => String(a["id"]).localeCompare(String(b["id"]))),
      [
        { jsonrpc: "2.0", id: 0, error: { code: -32601, message: "Method not found: fs/read_text_file" } },
        { jsonrpc: "2.0", id: "0000-uuid", result: { ok: true } },
      ],
    );
  });

  it("continues after a line that is not a message", () => {
    const peer = new Peer();
    peer.connection.receive("{broken");
    peer.connection.receive('{"level":"info"}');
    peer.connection.receive('{"id":{"not":"an id"},"method":"x"}');
    peer.receive({ method: "still", params: "here" });
    assert.deepEqual(peer.heard, ['still "here"']);
  });

  it("fails the call whose line could not be written", async () => {
    const broken = new RpcConnection(
      () => Promise.reject(new Error("EPIPE")),
      { notification: () => undefined, request: () => undefined },
      silentLogger,
    );
    await assert.rejects(broken.request("a", {}), /EPIPE/u);
  });
});
