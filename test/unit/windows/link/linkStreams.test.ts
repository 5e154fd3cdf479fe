import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type RequestListener, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import type { StreamLink } from "../../../../src/windows/link/link.ts";
import { until } from "../../../support/until.ts";
import { joinOwner, LinkOwner, nextMessage } from "../../../support/windows/linkRig.ts";

const MEGABYTE = 1024 * 1024;

/** Makes an HTTP client call over streams of a link. */
class StreamAgent extends Agent {
  opened = 0;
  readonly #link: StreamLink;

  constructor(link: StreamLink, options: ConstructorParameters<typeof Agent>[0] = { keepAlive: true }) {
    super(options);
    this.#link = link;
  }

  override createConnection(): Duplex {
    this.opened++;
    return this.#link.openStream();
  }
}

describe("The streams of a link", () => {
  let store: DisposableStore;
  let owner: LinkOwner;
  let member: StreamLink;
  let atOwner: StreamLink;

  beforeEach(async () => {
    store = new DisposableStore();
    owner = store.add(await LinkOwner.start());
    ({ member, atOwner } = await joinOwner(owner));
  });

  afterEach(() => store.dispose());

  /** A stream of the owner, and its other end. */
  const open = async (): Promise<{ near: Duplex; far: Duplex }> => {
    const { promise, resolve } = Promise.withResolvers<Duplex>();
    const listening = member.onDidOpenStream(resolve);
    const near = atOwner.openStream();
    const far = await promise.finally(() => void listening.dispose());
    return { near, far };
  };

  /** Serves HTTP at the member. */
  const serve = (respond: RequestListener): Server => {
    const server = createServer(respond);
    member.onDidOpenStream((stream) => void server.emit("connection", stream));
    return server;
  };

  const agentOf = (link: StreamLink, options?: ConstructorParameters<typeof Agent>[0]): StreamAgent => {
    const agent = new StreamAgent(link, options);
    store.defer(() => agent.destroy());
    return agent;
  };

  const get = async (agent: Agent, path: string, body?: Buffer): Promise<IncomingMessage> => {
    const asking = request({ agent, path, method: body === undefined ? "GET" : "POST", headers: { Host: "x" } });
    asking.end(body);
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    return response;
  };

  it("carry bytes in both directions, opened by either end", async () => {
    for (const [one, other] of [
      [atOwner, member],
      [member, atOwner],
    ] as const) {
      const listening = other.onDidOpenStream((stream) => void stream.pipe(stream));
      const streams = Array.from({ length: 20 }, () => one.openStream());
      const bodies = streams.map((stream, index) => {
        stream.end(Buffer.alloc(100_000 + index, index));
        return buffer(stream);
      });
      for (const [index, body] of (await Promise.all(bodies)).entries())
        assert.deepEqual(body, Buffer.alloc(100_000 + index, index));
      void listening.dispose();
    }
  });

  it("end in one direction at a time", async () => {
    const { near, far } = await open();
    near.end("question");
    assert.equal(await text(far), "question");
    far.write("an ");
    far.end("answer");
    assert.equal(await text(near), "an answer");
    await until(() => near.closed && far.closed);
    assert.deepEqual([near.errored, far.errored], [null, null]);
  });

  it("fail at one end if the other one is destroyed", async () => {
    for (const destroyFar of [true, false]) {
      const { near, far } = await open();
      const [victim, other] = destroyFar ? [far, near] : [near, far];
      other.write("something");
      const failed = once(other, "error");
      victim.destroy();
      const [error] = await failed;
      assert.equal(error.code, "ECONNRESET");
    }
  });

  it("can be read to the end if the other end is destroyed after its end, whatever was still to be sent", async () => {
    const { near, far } = await open();
    near.write(Buffer.alloc(MEGABYTE));
    far.once("finish", () => far.destroy());
    far.end(Buffer.alloc(100_000, 7));
    assert.deepEqual(await buffer(near), Buffer.alloc(100_000, 7));
    await until(() => near.closed);
    assert.equal(near.errored, null);
  });

  it("apply backpressure, and do not stop others while one is not read", async () => {
    const { near, far } = await open();
    const body = Buffer.alloc(10 * MEGABYTE, "abc");
    near.end(body);
    const other = await open();
    other.near.end("through");
    assert.equal(await text(other.far), "through");
    // Credit for 256 KiB, and nothing is read.
    assert.equal(Reflect.get(near, "bytesWritten"), 256 * 1024);
    assert.ok(far.readableLength <= 128 * 1024);
    assert.ok((await buffer(far)).equals(body));
  });

  it("do not delay messages behind their data", async () => {
    const ends: Awaited<ReturnType<typeof open>>[] = [];
    while (ends.length < 20) ends.push(await open());
    for (const { near } of ends) near.write(Buffer.alloc(4 * MEGABYTE));
    let received = 0;
    for (const { far } of ends) {
      far.on("data", ({ length }: Buffer) => {
        received += length;
      });
    }
    atOwner.send({ type: "received", windowEventId: 1 });
    await nextMessage(member);
    assert.ok(received < 20 * MEGABYTE, `${received} bytes came first`);
    await until(() => received === 80 * MEGABYTE);
  });

  it("serve HTTP, on few connections that are kept", async () => {
    serve((asked, response) => {
      void buffer(asked).then(({ length }) => response.end(`${asked.url} ${length}`));
    });
    const agent = agentOf(atOwner, { keepAlive: true, maxSockets: 4 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => text(await get(agent, `/${index}`, Buffer.alloc(index * 100)))),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 200 }, (_, index) => `/${index} ${index * 100}`),
    );
    assert.equal(agent.opened, 4);
  });

  it("serve large HTTP bodies both ways", async () => {
    serve((asked, response) => void asked.pipe(response));
    const body = Buffer.alloc(20 * MEGABYTE, "abc");
    assert.ok((await buffer(await get(agentOf(atOwner), "/", body))).equals(body));
  });

  it("close idle HTTP connections after the timeout of the server, and open others", async () => {
    const server = serve((_asked, response) => void response.end("ok"));
    Object.assign(server, { keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 });
    const agent = agentOf(atOwner);
    assert.equal(await text(await get(agent, "/")), "ok");
    await until(() => Object.keys(agent.freeSockets).length === 0);
    assert.equal(await text(await get(agent, "/")), "ok");
    assert.equal(agent.opened, 2);
  });

  it("tell the server that an HTTP client has left, and the client that the server has", async () => {
    const asked = Promise.withResolvers<IncomingMessage>();
    serve((request) => asked.resolve(request));
    const asking = request({ agent: agentOf(atOwner, {}), path: "/", headers: { Host: "x" } });
    asking.on("error", () => undefined);
    asking.end();
    const { socket } = await asked.promise;
    asking.destroy();
    await until(() => socket.closed);
    const other = createServer((request) => void request.socket.destroy());
    atOwner.onDidOpenStream((stream) => void other.emit("connection", stream));
    await assert.rejects(get(agentOf(member), "/"), { code: "ECONNRESET" });
  });

  it("carry upgraded connections", async () => {
    const server = serve(() => undefined);
    server.on("upgrade", (_asked, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      socket.pipe(socket);
    });
    const headers = { Host: "x", Connection: "Upgrade", Upgrade: "echo" };
    const asking = request({ agent: agentOf(atOwner, {}), path: "/", headers });
    asking.end();
    const [, socket] = (await once(asking, "upgrade")) as [IncomingMessage, Duplex];
    socket.end("echoed");
    assert.equal(await text(socket), "echoed");
  });

  it("fail when the link ends, also those that are opened later", async () => {
    const { near, far } = await open();
    const failed = Promise.all([once(near, "error"), once(far, "error")]);
    atOwner.end("closed", "over");
    for (const [error] of await failed) assert.equal(error.code, "ECONNRESET");
    const [late] = await once(atOwner.openStream(), "error");
    assert.equal(late.code, "ECONNRESET");
  });

  it("are at most 1024 at a time", async () => {
    const accepted: Duplex[] = [];
    member.onDidOpenStream((stream) => void accepted.push(stream));
    const streams = Array.from({ length: 1_024 }, () => atOwner.openStream());
    const [error] = await once(atOwner.openStream(), "error");
    assert.equal(error.code, "ECONNRESET");
    streams[0]?.destroy();
    const next = atOwner.openStream();
    next.write("hello");
    await until(() => accepted.length === 1_025);
    assert.equal(next.errored, null);
  });

  it("time out without activity, as sockets do", async () => {
    const { near } = await open();
    assert.ok("setTimeout" in near && typeof near.setTimeout === "function");
    const timedOut = once(near, "timeout");
    near.setTimeout(20);
    await timedOut;
    near.setTimeout(0);
  });
});
