import assert from "node:assert/strict";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { errorBodySchema } from "../../../../src/protocol/errorBody.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const body = JSON.stringify({ command: "test.echo", args: ["hello"] });

describe("Many connections", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ lanes: { concurrency: 3, maxQueued: 100 } });
  });

  after(() => bridge.dispose());

  const request = (): string =>
    `POST /api/kiro/execute HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  async function connect(count: number): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () => createConnection(bridge.port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    return sockets;
  }

  /** Sends `count` requests at once and gives the status and body of each answer. */
  function ask(socket: Socket, count: number): Promise<{ status: number; body: string }[]> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }[]>();
    let text = "";
    socket.setEncoding("utf8");
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`hung up after ${text}`)));
    socket.on("data", (chunk) => {
      text += String(chunk);
      const answers = [...text.matchAll(/HTTP\/1\.1 (\d+) .*?\r\n\r\n(\{.*?\}\n)(?=HTTP\/1\.1|$)/gs)];
      const isComplete = text.endsWith("}\n") && answers.length === count;
      if (isComplete) resolve(answers.map((match) => ({ status: Number(match[1]), body: String(match[2]) })));
    });
    socket.write(request().repeat(count));
    return promise;
  }

  it("that are idle, 1,000 of them, do not block new ones", async () => {
    const idle = await connect(1000);
    try {
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
      assert.equal((await bridge.execute({ command: "test.echo", args: ["through"] })).json["output"], "through");
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });

  for (const [connections, each] of [
    [20, 50],
    [1000, 1],
  ] as const) {
    it(`answer 1,000 simultaneous requests on ${connections} connections`, async function () {
      // Elsewhere the system itself turns away so many who knock at the same moment.
      if (connections > 100 && process.platform !== "linux") this.skip();
      const sockets = await connect(connections);
      try {
        const answers = (await Promise.all(sockets.map((socket) => ask(socket, each)))).flat();
        assert.equal(answers.length, 1000);
        for (const { status, body: answer } of answers) {
          if (status !== 200)
            assert.equal(errorBodySchema.loose().parse(JSON.parse(answer)).code, "RATE_LIMIT_EXCEEDED");
          else assert.equal(JSON.parse(answer).output, "hello");
        }
        assert.ok(answers.filter(({ status }) => status === 200).length >= 103);
      } finally {
        for (const socket of sockets) socket.destroy();
      }
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
    });
  }
});
