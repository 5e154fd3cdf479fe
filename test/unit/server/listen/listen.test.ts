import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, ServerResponse } from "node:http";
import { createServer as createNetServer, type Server } from "node:net";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import type { HttpHandlers } from "../../../../src/server/listen/httpListener.ts";
import { bind, listen, type ListenOptions, type Listening } from "../../../../src/server/listen/listen.ts";
import { isAnswering } from "../../../../src/server/listen/portProbe.ts";
import { callPort, portOf, RawConnection } from "../../../support/httpClient.ts";
import { TestClock } from "../../../support/testClock.ts";

const handlers: HttpHandlers = {
  request: (_request, response) => void response.end("hello"),
  upgrade: (_request, socket) => socket.destroy(),
};
const hasIPv6 = await canListen("::1");

async function occupy(host: string, port = 0): Promise<Server> {
  const server = createNetServer((socket) => socket.on("error", () => undefined));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port }, resolve);
  await promise;
  return server;
}

async function canListen(host: string): Promise<boolean> {
  try {
    (await occupy(host)).close();
    return true;
  } catch {
    return false;
  }
}

describe("listen", () => {
  const open: { close(): unknown }[] = [];
  const asked: number[] = [];

  const start = async (options: Partial<ListenOptions>, to: HttpHandlers = handlers): Promise<Listening> => {
    const all: ListenOptions = {
      port: 0,
      host: "127.0.0.1",
      portConflict: "next",
      receiveTimeoutMs: 30_000,
      describeOwner: async (port) => {
        asked.push(port);
        return `Port ${port} is used by somebody.`;
      },
      ...options,
    };
    const listening = await listen((port) => bind(to, all, port), all);
    open.push(listening);
    return listening;
  };
  const taken = async (host: string, port?: number): Promise<number> => {
    const server = await occupy(host, port);
    open.push(server);
    return portOf(server);
  };

  afterEach(async () => {
    for (const item of open.splice(0)) await item.close();
    asked.length = 0;
  });

  it("accepts connections on 127.0.0.1 and on [::1] with one port", async () => {
    const { port, host, addresses, conflict } = await start({});
    assert.equal(host, "127.0.0.1");
    assert.equal(conflict, undefined);
    assert.deepEqual(addresses, hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]);
    for (const address of addresses) assert.equal((await callPort(port, "/", { host: address })).text, "hello");
  });

  it("listens on no other interface than the chosen one", async function () {
    if (process.platform !== "linux") this.skip();
    const { port, addresses } = await start({ host: "127.0.0.2" });
    assert.deepEqual(addresses, ["127.0.0.2"]);
    assert.equal(await isAnswering("127.0.0.2", port), true);
    assert.equal(await isAnswering("127.0.0.1", port), false);
  });

  it("uses the next free port when the configured one is taken, and reports by whom", async () => {
    const wanted = await taken("127.0.0.1");
    const { port, conflict } = await start({ port: wanted });
    assert.ok(port > wanted && port <= wanted + 100);
    assert.deepEqual(conflict, { port: wanted, owner: `Port ${wanted} is used by somebody.` });
    assert.deepEqual(asked, [wanted]);
    assert.equal(await isAnswering("127.0.0.1", wanted), true);
  });

  it("treats a port as taken when it is in use only on [::1]", async function () {
    if (!hasIPv6) this.skip();
    const wanted = await taken("::1");
    const { port } = await start({ port: wanted });
    assert.notEqual(port, wanted);
    assert.equal(await isAnswering("127.0.0.1", wanted), false);
  });

  it("treats a port as taken when a program listens on all interfaces", async () => {
    const wanted = await taken("0.0.0.0");
    assert.notEqual((await start({ port: wanted })).port, wanted);
  });

  it("fails with the owner's name when only the configured port may be used", async () => {
    const wanted = await taken("127.0.0.1");
    await assert.rejects(start({ port: wanted, portConflict: "fail" }), (error) => {
      assert.ok(error instanceof BridgeError);
      assert.equal(error.code, "CONFIGURATION_ERROR");
      assert.match(error.message, new RegExp(`^Port ${wanted} is used by somebody\\. Free the port, choose another`));
      return true;
    });
  });

  it("fails with a readable message for an interface that this machine does not have", async () => {
    await assert.rejects(start({ host: "192.0.2.1" }), /The bridge cannot listen on 192\.0\.2\.1: /);
  });

  it("treats a port that the system denies as taken", async function () {
    if (process.platform !== "linux" || process.getuid?.() === 0) this.skip();
    await assert.rejects(start({ port: 1, portConflict: "fail" }), /Port 1 is used by somebody/);
  });

  it("closes all connections, idle and silent ones included", async () => {
    const listening = await start({});
    const silent = new RawConnection(listening.port);
    const idle = new RawConnection(listening.port).write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await idle.receives(/hello/);
    await listening.close();
    await Promise.all([silent.ended, idle.ended]);
    assert.equal(await isAnswering("127.0.0.1", listening.port), false);
    open.push(await occupy("127.0.0.1", listening.port));
  });

  /** A handler that keeps the responses until the test ends them, and a connection for them. */
  const startHeld = async (): Promise<{
    listening: Listening;
    connection: RawConnection;
    next: () => Promise<ServerResponse>;
  }> => {
    const responses = new EventEmitter();
    const request: HttpHandlers["request"] = (_request, response) => void responses.emit("response", response);
    const listening = await start({}, { ...handlers, request });
    const connection = new RawConnection(listening.port);
    const next = async (): Promise<ServerResponse> => {
      const hungUp = connection.ended.then(() => ["hung up"]);
      const [response]: unknown[] = await Promise.race([once(responses, "response"), hungUp]);
      assert.ok(response instanceof ServerResponse, String(response));
      return response;
    };
    return { listening, connection, next };
  };
  const REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

  it("finishes a running response when it closes, and then disconnects", async () => {
    const { listening, connection, next } = await startHeld();
    const first = next();
    connection.write(REQUEST);
    const response = await first;
    const closed = listening.close();
    response.end("finished");
    assert.match(await connection.ended, /Connection: close.*finished/s);
    await closed;
  });

  it("answers requests pipelined behind a running response while it closes, and then ends the connection", async () => {
    const { listening, connection, next } = await startHeld();
    const first = next();
    connection.write(REQUEST);
    const running = await first;
    const closed = listening.close();
    const second = next();
    connection.write(REQUEST);
    (await second).end("two");
    running.end("one");
    const text = await connection.ended;
    assert.match(text, /^HTTP.*one.*HTTP.*Connection: close.*two$/s);
    assert.equal(text.match(/^Connection: close/gm)?.length, 1);
    await closed;
  });

  it("reads what has arrived on an idle connection before it disconnects", async () => {
    const { listening, connection, next } = await startHeld();
    const first = next();
    connection.write(REQUEST);
    (await first).end("one");
    await connection.receives(/one/);
    const second = next();
    connection.write(REQUEST);
    const closed = listening.close();
    (await second).end("two");
    assert.match(await connection.ended, /one.*Connection: close.*two$/s);
    await closed;
  });

  it("aborts a response that does not finish within two seconds", async () => {
    const { listening, connection, next } = await startHeld();
    const first = next();
    connection.write(REQUEST);
    await first;
    const clock = TestClock.stopped();
    open.push({ close: () => clock.release() });
    let isClosed = false;
    const closed = listening.close().then(() => (isClosed = true));
    for (let round = 0; round < 10; round++) await new Promise(setImmediate);
    clock.pass(1999);
    for (let round = 0; round < 10; round++) await new Promise(setImmediate);
    assert.equal(isClosed, false);
    clock.pass(1);
    await closed;
    assert.equal(await connection.ended, "");
  });

  it("detects a listener although this process was too busy to see the connection in time", async () => {
    const port = await taken("127.0.0.1");
    const clock = TestClock.stopped();
    open.push({ close: () => clock.release() });
    const answering = isAnswering("127.0.0.1", port);
    clock.pass(60_000);
    assert.equal(await answering, true);
  });

  it("does not mistake an HTTP server of another program for its own", async () => {
    const stranger = createServer((_request, response) => void response.end("not yours"));
    const { promise, resolve } = Promise.withResolvers<void>();
    stranger.listen(0, "127.0.0.1", resolve);
    await promise;
    open.push(stranger);
    const wanted = portOf(stranger);
    await start({ port: wanted });
    assert.equal((await callPort(wanted, "/")).text, "not yours");
  });
});
