import { owner } from "../../../src/core/access/principal.ts";
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { Guards } from "../../../src/server/guards/guards.ts";
import { isAnswering } from "../../../src/server/listen/portProbe.ts";
import { checkOwnGuards } from "../../../src/server/listen/selfCheck.ts";
import { callPort, portOf, type RawConnection } from "../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

describe("The self-check", () => {
  const check = async (listener: RequestListener, authMode: "token" | "none", answerMs?: number): Promise<void> => {
    const server = createServer(listener);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    try {
      const within = answerMs === undefined ? {} : { answerMs };
      await checkOwnGuards({ addresses: ["127.0.0.1"], port: portOf(server), authMode, ...within });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };
  const isForeign = (host: string | undefined): boolean => !host?.startsWith("127.0.0.1");
  const unsafe = (error: unknown): boolean =>
    error instanceof BridgeError &&
    error.code === "CONFIGURATION_ERROR" &&
    error.message.includes("security check failed");

  it("passes when a request without the token receives 401 and a foreign host 403", async () => {
    await check(
      (request, response) => void response.writeHead(isForeign(request.headers.host) ? 403 : 401).end(),
      "token",
    );
  });

  it("fails when a request without the token is accepted", async () => {
    const careless: RequestListener = (request, response) => {
      response.writeHead(isForeign(request.headers.host) ? 403 : 200).end();
    };
    await assert.rejects(check(careless, "token"), unsafe);
    await check(careless, "none");
  });

  it("fails when a foreign host is accepted, also without authentication", async () => {
    for (const mode of ["token", "none"] as const) {
      await assert.rejects(
        check((_request, response) => void response.writeHead(401).end(), mode),
        unsafe,
      );
    }
  });

  it("fails when no response comes", async () => {
    await assert.rejects(
      check((request) => void request.socket.destroy(), "token", 100),
      unsafe,
    );
  });

  it("repeats a request that has no response, since the machine may be busy", async () => {
    let requests = 0;
    const busy: RequestListener = (request, response) => {
      if (++requests <= 3) request.socket.destroy();
      else response.writeHead(isForeign(request.headers.host) ? 403 : 401).end();
    };
    await check(busy, "token");
    assert.equal(requests, 5);
  });
});

describe("startServer", () => {
  it("is healthy after its self-check, and gone when it is disposed", async () => {
    const bridge = await startTestBridge();
    assert.equal((await callPort(bridge.port, "/health")).status, 200);
    assert.equal(bridge.server.url, `http://127.0.0.1:${bridge.port}`);
    await bridge.dispose();
    assert.equal(await isAnswering("127.0.0.1", bridge.port), false);
  });

  for (const guard of ["assertSource", "authenticate"] as const) {
    it(`stays off when a guard does not work: without ${guard}`, async () => {
      const whole = Object.getOwnPropertyDescriptor(Guards.prototype, guard) ?? assert.fail();
      Object.defineProperty(Guards.prototype, guard, {
        ...whole,
        value: () => (guard === "authenticate" ? owner : undefined),
      });
      const starting = startTestBridge();
      try {
        await assert.rejects(starting, { code: "CONFIGURATION_ERROR", message: /^The bridge stays off because/ });
      } finally {
        Object.defineProperty(Guards.prototype, guard, whole);
        await starting.then(
          (bridge) => bridge.dispose(),
          () => undefined,
        );
      }
    });
  }

  describe("on a connection that is kept alive while it stops", () => {
    const head = (): string => `Host: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n`;

    let bridge: TestBridge;

    afterEach(() => bridge.dispose());

    /** A connection on which `test.held` runs. */
    async function holding(): Promise<{ connection: RawConnection; finish: () => void }> {
      const held = Promise.withResolvers<string>();
      bridge = await startTestBridge({ commands: { "test.held": () => held.promise } });
      const started = Promise.withResolvers<void>();
      bridge.core.executions.onDidChange(({ status }) => status === "running" && started.resolve());
      const body = JSON.stringify({ command: "test.held" });
      const connection = bridge.connect();
      connection.write(
        `POST /api/kiro/execute HTTP/1.1\r\n${head()}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await started.promise;
      return { connection, finish: () => held.resolve("the last answer") };
    }

    it("answers requests that came before the stop, and 503 to later ones", async () => {
      const { connection, finish } = await holding();
      bridge.server.announceStop();
      connection.write(`GET /health HTTP/1.1\r\n${head()}\r\n`);
      // Its loop has read the request when a later one, on another connection, has got its answer.
      assert.equal((await callPort(bridge.port, "/health")).status, 503);
      const closed = bridge.server.dispose();
      finish();
      const text = await connection.receives(/"status":"unhealthy"/);
      assert.match(text, /^HTTP\/1.1 200 .*the last answer.*HTTP\/1.1 503 .*"status":"unhealthy"/s);
      assert.equal(text.match(/^Connection: close/gm)?.length, 1, "the last answer alone ends the connection");
      await closed;
    });

    for (const [moment, isDisposed] of [
      ["once it is announced", false],
      ["once it goes on", true],
    ] as const) {
      it(`announces the end of the connection with the response, ${moment}`, async () => {
        const { connection, finish } = await holding();
        bridge.server.announceStop();
        const closed = isDisposed ? bridge.server.dispose() : undefined;
        finish();
        assert.match(await connection.ended, /^HTTP\/1.1 200 .*\r\nConnection: close\r\n.*the last answer/s);
        await closed;
      });
    }
  });

  it("rejects all requests but health with KIRO_UNAVAILABLE after the stop was announced", async () => {
    const bridge = await startTestBridge();
    try {
      bridge.server.announceStop();
      const answer = await bridge.execute({ command: "test.echo" });
      assert.equal(answer.status, 503);
      assert.equal(answer.json["code"], "KIRO_UNAVAILABLE");
      assert.deepEqual(answer.json["context"], { reason: "not_running", cause: "bridge-stopping" });
      assert.equal(answer.headers.connection, "close");
      assert.equal((await callPort(bridge.port, "/health")).status, 503);
      assert.equal((await callPort(bridge.port, "/api/kiro/status")).status, 401);
    } finally {
      await bridge.dispose();
    }
  });

  it("leaves nothing behind when it cannot start", async () => {
    const first = await startTestBridge();
    try {
      await assert.rejects(startTestBridge({ listen: { port: first.port } }), /is taken/);
      assert.equal((await callPort(first.port, "/health")).status, 200);
    } finally {
      await first.dispose();
    }
  });
});
