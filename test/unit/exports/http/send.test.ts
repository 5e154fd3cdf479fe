import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import { Agent as TlsAgent, createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { readFile } from "node:fs/promises";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { DeliveryFailure, type FailureKind } from "../../../../src/exports/delivery/destination.ts";
import { exchange } from "../../../../src/exports/http/exchange.ts";
import { createSend, type SendOptions } from "../../../../src/exports/http/createSend.ts";
import type { OutgoingRequest } from "../../../../src/exports/http/request.ts";
import { never, type Script, ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import { portOf } from "../../../support/httpClient.ts";
import { createAuthority } from "../../../support/nats/certificates.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

describe("Requests to destinations", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const serve = async (...script: readonly Script[]) => store.add(await ScriptedServer.start(...script));
  const listen = async <T extends Server | ReturnType<typeof createSocketServer>>(server: T): Promise<T> => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    store.defer(() => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      server.close();
    });
    return server;
  };
  const sender = (options: Partial<SendOptions> = {}) =>
    store.add(createSend({ now: () => NOW, userAgent: "kiro-bridge/1", ...options }));
  const get = (url: string, rest: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
    method: "GET",
    url: new URL(url),
    headers: {},
    ...rest,
  });
  const send = (request: OutgoingRequest, signal = new AbortController().signal) => sender().send(request, signal);
  const fails = async (sent: Promise<unknown>, kind: FailureKind, sentence: RegExp) => {
    await assert.rejects(sent, (error) => {
      assert.ok(error instanceof DeliveryFailure, String(error));
      assert.match(error.message, sentence);
      assert.equal(error.kind, kind, error.message);
      return true;
    });
  };

  it("arrive as they were made, and return the answer of any status", async () => {
    const server = await serve({ status: 404, headers: { "X-Reason": "none" }, body: "gone" });
    const body = Buffer.from('{"ä":1}');
    const answer = await send(
      get(`${server.url}/a%2Fb?q=1`, { method: "POST", headers: { "content-type": "application/json" }, body }),
    );
    assert.deepEqual([answer.status, answer.headers["x-reason"], answer.body.toString()], [404, "none", "gone"]);
    assert.equal(answer.isCut, false);
    const { method, url, headers, body: received } = server.at(0);
    assert.deepEqual([method, url, received], ["POST", "/a%2Fb?q=1", body]);
    assert.equal(headers["content-length"], String(body.length));
    assert.equal(headers["user-agent"], "kiro-bridge/1");
    assert.equal(headers["accept-encoding"], undefined);
  });

  it("share connections", async () => {
    const sockets = new Set<unknown>();
    const server = await listen(createServer((_, response) => response.end("ok")));
    server.on("connection", (socket) => sockets.add(socket));
    const { send } = sender();
    for (const path of ["a", "b", "c"]) {
      const url = `http://127.0.0.1:${portOf(server)}/${path}`;
      await send(get(url, { method: "POST", body: Buffer.from("x") }), new AbortController().signal);
    }
    assert.equal(sockets.size, 1);
  });

  it("are repeated on another connection when the server has closed the one that was kept", async () => {
    let requests = 0;
    const server = await listen(
      createSocketServer((socket) => {
        let isFirst = true;
        socket
          .on("error", () => undefined)
          .on("data", () => {
            requests += 1;
            if (isFirst) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            else socket.destroy();
            isFirst = false;
          });
      }),
    );
    const { send } = sender();
    const url = `http://127.0.0.1:${portOf(server)}/`;
    await send(get(url), new AbortController().signal);
    assert.equal((await send(get(url), new AbortController().signal)).status, 200);
    assert.equal(requests, 3);
  });

  it("follow no redirect", async () => {
    const target = await serve();
    const server = await serve({ status: 307, headers: { location: `${target.url}/private` } });
    const answer = await send(get(server.url, { method: "POST", body: Buffer.from("x") }));
    assert.deepEqual([answer.status, answer.headers["location"]], [307, `${target.url}/private`]);
    assert.equal(target.requests.length, 0);
  });

  it("tell how far the clock of the server is from ours", async () => {
    const server = await serve(
      { headers: { date: "Sat, 28 Nov 2026 12:20:00 GMT" } },
      { headers: { date: "Sat, 28 Nov 2026 11:40:00 GMT" } },
      { headers: { date: "soon" } },
    );
    assert.equal((await send(get(server.url))).skewMs, 20 * 60_000);
    assert.equal((await send(get(server.url))).skewMs, -20 * 60_000);
    assert.equal((await send(get(server.url))).skewMs, undefined);
  });

  it("read no more of an answer of 100 MB than their limit", async () => {
    let sent = 0;
    const piece = Buffer.alloc(64 * 1024, "x");
    const server = await serve({
      body: (function* () {
        for (; sent < 100 * 1024 * 1024; sent += piece.length) yield piece;
      })(),
    });
    const answer = await send(get(server.url, { maxAnswerBytes: 1000 }));
    assert.deepEqual([answer.body.length, answer.isCut], [1000, true]);
    await until(() => server.at(0).closed.aborted, "the end of the connection");
    assert.ok(sent < 50 * 1024 * 1024, `${sent} bytes were sent`);
  });

  it("end at their deadline, also when the answer trickles", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    const seconds = new EventEmitter();
    const server = await serve({
      body: (async function* () {
        for (;;) {
          yield "x";
          await once(seconds, "second");
        }
      })(),
    });
    const sent = send(get(server.url, { timeoutMs: 5000 }));
    const failed = fails(sent, "passing", /^127\.0\.0\.1:\d+ did not answer completely within 5 seconds\.$/);
    for (let second = 0; second < 5; second++) {
      await until(() => seconds.listenerCount("second") > 0, "another byte");
      seconds.emit("second");
      clock.pass(1000);
    }
    await failed;
  });

  it("end at their deadline when the server does not take them", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    let isConnected = false;
    const server = await listen(createSocketServer((socket) => void socket.pause().on("error", () => undefined)));
    server.on("connection", () => void (isConnected = true));
    const url = `http://127.0.0.1:${portOf(server)}/`;
    const failed = fails(
      send(get(url, { method: "PUT", body: Buffer.alloc(20_000_000) })),
      "passing",
      /within 30 seconds/,
    );
    await until(() => isConnected, "the connection");
    clock.pass(30_000);
    await failed;
  });

  it("end with the signal's reason, and leave no connection", async () => {
    const server = await serve({ headUntil: never });
    const ended = new AbortController();
    const sent = send(get(server.url), ended.signal);
    const { closed } = await server.request(0);
    ended.abort(new Error("stopped"));
    await assert.rejects(sent, /^Error: stopped$/);
    await until(() => closed.aborted, "the end of the connection");
  });

  it("fail in words when the connection breaks", async () => {
    const server = await serve({ body: "half an answer", cutAt: 4 });
    await fails(send(get(server.url)), "passing", /closed the connection/);
    const unused = await listen(createServer());
    const port = portOf(unused);
    unused.close();
    await once(unused, "close");
    await fails(send(get(`http://127.0.0.1:${port}`)), "passing", /^Nothing listens at 127\.0\.0\.1:\d+/);
    await fails(send(get("http://exports.invalid")), "passing", /'exports\.invalid'.*no network/);
  });

  for (const [what, answer, sentence] of [
    ["no HTTP", "220 mail.example ESMTP\r\n", /does not answer as a server of HTTP does/],
    ["headers that are too large", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, /headers .* too large/],
    ["another protocol", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", /has failed/],
  ] as const) {
    it(`fail in words when a server speaks ${what}`, async () => {
      const server = await listen(
        createSocketServer((socket) => void socket.on("error", () => undefined).once("data", () => socket.end(answer))),
      );
      await fails(send(get(`http://127.0.0.1:${portOf(server)}/`)), "passing", sentence);
    });
  }

  it("are blocked by addresses that cannot be right, and by secrets that no header can have", async () => {
    await fails(send(get("ftp://example.com/")), "blocked", /begin with 'https:' or 'http:', but with 'ftp:'/);
    const secret = "s3cr3t\nvalue";
    const sent = send(get("http://127.0.0.1:1/", { headers: { authorization: secret } }));
    await fails(sent, "blocked", /^A value of a header has a character that no header may have\. Check the secret/);
  });

  it("check the certificate, whatever the environment says", async () => {
    const folder = await temporaryFolder();
    store.defer(() => removeFolder(folder));
    const { certFile, keyFile } = await (await createAuthority(folder, "unknown")).issue("server");
    const [cert, key] = [await readFile(certFile), await readFile(keyFile)];
    const server = await listen(createTlsServer({ cert, key }, (_, response) => response.end("ok")));
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    store.defer(() => {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    });
    const { port } = server.address() as AddressInfo;
    await fails(send(get(`https://127.0.0.1:${port}/`)), "blocked", /unknown authority.*NODE_EXTRA_CA_CERTS/);
    // With an agent of another, as VS Code may put in the place of ours.
    const given = { ...get(`https://127.0.0.1:${port}/`), headers: {}, agent: new TlsAgent(), lookup: undefined };
    const exchanged = exchange({ ...given, maxAnswerBytes: 1000 }, new AbortController().signal);
    await assert.rejects(exchanged, { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });

  it("refuse private addresses behind names, checked as the connection is made", async () => {
    const server = await serve({ body: "inside" }, { body: "inside" });
    const { port } = new URL(server.url);
    const asked: string[] = [];
    const { send } = sender({
      lookup: (name, options, callback) => {
        asked.push(name);
        // A name that had a public address when it was set, and has this one when the connection is made.
        const found = [{ address: "127.0.0.1", family: 4 }];
        if (options.all === true) callback(null, found);
        else callback(null, "127.0.0.1", 4);
      },
    });
    const url = `http://rebinding.example:${port}/`;
    const guarded = send(get(url, { isGuarded: true }), new AbortController().signal);
    await fails(
      guarded,
      "blocked",
      /^rebinding\.example:\d+ is not called: '127\.0\.0\.1' is an address of this machine/,
    );
    assert.equal(server.requests.length, 0);
    assert.equal((await send(get(url), new AbortController().signal)).body.toString(), "inside");
    // The connection that is open now is not for guarded requests.
    await fails(send(get(url, { isGuarded: true }), new AbortController().signal), "blocked", /is not called/);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(new Set(asked), new Set(["rebinding.example"]));
  });
});
