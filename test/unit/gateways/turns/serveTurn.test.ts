import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { createServeTurn } from "../../../../src/gateways/turns/serveTurn.ts";
import { LEAVE_GRACE_MS } from "../../../../src/gateways/turns/replay/sharedResponse.ts";
import type { Renderer } from "../../../../src/gateways/turns/renderer.ts";
import type { TurnRequest } from "../../../../src/gateways/turns/turn.ts";
import { BridgeError, isBridgeError } from "../../../../src/protocol/errors.ts";
import { ClientRegistry } from "../../../../src/server/clients.ts";
import { UnsentAnswers } from "../../../../src/server/limits/unsentAnswers.ts";
import { until } from "../../../support/until.ts";
import { settled } from "../../../support/windows/manualClock.ts";
import { request, TurnsRig, user } from "./turnsRig.ts";

/** The simplest protocol. */
const renderer: Renderer = {
  requestIdHeader: "request-id",
  ping: "event: ping\n\n",
  start: ({ id }) => `data: start ${id.length}\n\n`,
  piece: (piece) => `data: ${piece.type === "text" ? piece.text : piece.type}\n\n`,
  body: (pieces) => ({ text: pieces.map((piece) => (piece.type === "text" ? piece.text : "")).join("") }),
};

describe("A turn over HTTP", () => {
  let rig: TurnsRig;
  let server: Server;
  let turn: TurnRequest;
  let clients: ClientRegistry;
  let served: Promise<unknown>[];
  let responses: ServerResponse[];

  beforeEach(async () => {
    rig = new TurnsRig();
    clients = new ClientRegistry();
    turn = request([user("Hi")]);
    served = [];
    responses = [];
    const serve = createServeTurn({ turns: rig.turns, clients, clock: rig.clock });
    const unsent = new UnsentAnswers();
    server = createServer((incoming, outgoing) => {
      responses.push(outgoing);
      const isStream = incoming.url === "/stream";
      const response = Object.assign(outgoing, { app: { locals: { unsent } } });
      const work = serve({ request: incoming, response, turn, isStream, ignored: ["seed"], renderer }).catch(
        (error: unknown) => {
          response.writeHead(isBridgeError(error) ? error.status : 500).end(isBridgeError(error) ? error.code : "");
        },
      );
      served.push(work);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rig.dispose();
    clients.dispose();
  });

  const urlOf = (path: string): string => {
    const { port } = server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${path}`;
  };

  /** Waits for the head of a response, and lets the test read it. */
  async function open(path: string): Promise<IncomingMessage> {
    const call = httpRequest(urlOf(path), { agent: false }).end();
    const [response]: IncomingMessage[] = await once(call, "response");
    if (response === undefined) throw new Error("no response");
    response.on("error", () => undefined);
    return response.setEncoding("utf8");
  }

  /** Sends a request, and closes its connection. */
  async function cutAtOnce(path: string): Promise<void> {
    const count = responses.length;
    const call = httpRequest(urlOf(path), { agent: false }).end();
    call.on("error", () => undefined);
    await until(() => responses.length > count);
    call.destroy();
  }

  function hold(): PromiseWithResolvers<void> {
    const gate = Promise.withResolvers<void>();
    rig.agent.answer = async (_prompt, context) => {
      context.output("one");
      const aborted = once(context.signal, "abort").then(() => Promise.reject(context.signal.reason));
      await Promise.race([gate.promise, aborted]);
      context.output("two");
      return "end_turn";
    };
    return gate;
  }

  it("is a body with the headers of the protocol and ours", async () => {
    const response = await fetch(urlOf("/"));
    const [execution] = rig.core.executions.all.values();
    assert.deepEqual(await response.json(), { text: "answer to Hi" });
    assert.equal(response.headers.get("request-id"), execution?.id);
    assert.equal(response.headers.get("x-kiro-bridge-ignored"), "seed");
    assert.equal(response.headers.get("x-kiro-bridge-estimated"), "usage");
    assert.equal(response.headers.get("x-kiro-agent"), "kiro");
    assert.match(response.headers.get("x-kiro-session") ?? "", /^[0-9a-f]{32}$/);
  });

  it("is a stream that starts when the agent is ready, and ends explicitly", async () => {
    const gate = hold();
    const response = await fetch(urlOf("/stream"));
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.equal(response.headers.get("x-accel-buffering"), "no");
    gate.resolve();
    assert.equal(await response.text(), "data: start 32\n\ndata: one\n\ndata: two\n\ndata: end\n\n");
    await Promise.all(served);
    assert.equal(clients.size, 0);
  });

  it("has a status if the agent fails before it is ready", async () => {
    rig.agent.getReady = async () => Promise.reject(new Error("none"));
    const response = await fetch(urlOf("/stream"));
    assert.equal(response.status, 500);
  });

  it("starts its stream after five seconds, and then keeps it alive every ten", async () => {
    const ready = Promise.withResolvers<void>();
    rig.agent.getReady = () => ready.promise;
    const opening = open("/stream");
    await until(() => rig.executions === 1);
    await rig.clock.pass(5000);
    const response = await opening;
    let text = "";
    response.on("data", (chunk: string) => (text += chunk));
    await until(() => rig.clock.waiting > 0);
    await rig.clock.pass(90_000);
    await until(() => text.split(": keep-alive\n\nevent: ping\n\n").length === 10);
    ready.resolve();
    await once(response, "end");
    assert.ok(text.startsWith("data: start 32\n\n: keep-alive\n\n"));
    assert.ok(text.endsWith("data: answer to Hi\n\ndata: end\n\n"));
  });

  it("fails in the stream after it has begun, and in the same way for those who repeat it, with or without a stream", async () => {
    rig.agent.answer = async (_prompt, context) => {
      context.output("one");
      await settled();
      throw new Error("died");
    };
    const stream = "data: start 32\n\ndata: one\n\ndata: failed\n\n";
    assert.equal(await (await fetch(urlOf("/stream"))).text(), stream);
    const repeated = await fetch(urlOf("/"));
    assert.equal(repeated.status, 500);
    assert.equal(repeated.headers.get("x-should-retry"), "false");
    await repeated.text();
    assert.equal(await (await fetch(urlOf("/stream"))).text(), stream);
    assert.equal(rig.executions, 1);
  });

  for (const path of ["/", "/stream"]) {
    it(`is cancelled when its client goes, at ${path}`, async () => {
      const gate = hold();
      const call = httpRequest(urlOf(path), { agent: false }).end();
      call.on("error", () => undefined);
      await until(() => rig.agent.heard.length === 1);
      call.destroy();
      await Promise.all(served);
      await until(() => rig.clock.waiting > 0);
      await rig.clock.pass(LEAVE_GRACE_MS);
      const [execution] = rig.core.executions.all.values();
      await execution?.settled;
      assert.equal(execution?.status, "cancelled");
      gate.resolve();
    });
  }

  it("does not reach a principal whose access has ended meanwhile", async () => {
    const gate = hold();
    const principal = { ...turn.caller.principal, isActive: true };
    turn = { ...turn, caller: { ...turn.caller, principal } };
    const answering = fetch(urlOf("/"));
    await until(() => rig.agent.heard.length === 1);
    principal.isActive = false;
    gate.resolve();
    assert.equal((await answering).status, 401);
  });

  for (const path of ["/", "/stream"]) {
    it(`ends when the access of its principal ends before its head is sent, at ${path}`, async () => {
      const ready = Promise.withResolvers<void>();
      rig.agent.getReady = () => ready.promise;
      const principal = { ...turn.caller.principal, isActive: true };
      turn = { ...turn, caller: { ...turn.caller, principal } };
      const answering = fetch(urlOf(path));
      await until(() => clients.size === 1);
      principal.isActive = false;
      clients.disconnectAll(new BridgeError("AUTHENTICATION_FAILED"));
      assert.equal((await answering).status, 401);
      ready.resolve();
      const [execution] = rig.core.executions.all.values();
      await execution?.settled;
      assert.equal(rig.agent.heard.length, 0);
    });
  }

  it("waits for a slow reader", async () => {
    const chunk = "x".repeat(256 * 1024);
    const count = 24;
    rig.agent.answer = async (_prompt, context) => {
      for (let at = 0; at < count; at++) {
        context.output(chunk);
        await settled();
      }
      return "end_turn";
    };
    const slow = await open("/stream");
    slow.pause();
    const [execution] = rig.core.executions.all.values();
    await execution?.settled;
    // Its reader has got no more than the buffers of the connection.
    const [response] = responses;
    assert.ok(response !== undefined && response.writableLength <= chunk.length + 100);
    let length = 0;
    slow.on("data", (text: string) => (length += text.length));
    await once(slow.resume(), "end");
    assert.ok(length > count * chunk.length);
    await Promise.all(served);
  });

  it("runs the prompt once in a storm of repetitions, whose connections are cut at any time", async () => {
    const cuts = fc.constantFrom("when it was sent", "at the head", "never");
    const repetitions = fc.array(fc.record({ path: fc.constantFrom("/", "/stream"), cut: cuts }), {
      minLength: 29,
      maxLength: 29,
    });
    await fc.assert(
      fc.asyncProperty(repetitions, async (all) => {
        const gate = hold();
        rig.agent.heard.length = 0;
        turn = request([user("Hi")]);
        const first = await open("/stream");
        const whole: Promise<string>[] = [];
        for (const { path, cut } of all) {
          await rig.clock.pass(1000 / all.length);
          if (cut === "when it was sent" || (cut === "at the head" && path === "/")) await cutAtOnce(path);
          else if (cut === "at the head") (await open(path)).destroy();
          else whole.push(fetch(urlOf(path)).then((response) => response.text()));
          first.destroy();
        }
        const last = await open("/stream");
        gate.resolve();
        for (const got of [await text(last), ...(await Promise.all(whole))]) assert.match(got, /one.*two/s);
        assert.equal(rig.agent.heard.length, 1);
        await Promise.all(served);
      }),
      { numRuns: 10 },
    );
  });
});
