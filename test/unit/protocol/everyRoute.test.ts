import assert from "node:assert/strict";
import { MAX_OAUTH_PER_MINUTE } from "../../../src/server/routes/oauth.ts";
import { checkAnswer } from "../../support/checks/seenAnswers.ts";
import { OpenApiDocument } from "../../support/checks/openApiDocument.ts";
import { callPort, type Answer, type Call } from "../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../support/testBridge.ts";

const { operations } = new OpenApiDocument();

interface Provocation {
  readonly bridge?: TestBridgeOptions;
  /** Before the requests. */
  readonly prepare?: (bridge: TestBridge) => Promise<unknown> | void;
  readonly send: (bridge: TestBridge, method: string, path: string) => Promise<Pick<Answer, "status">>;
}

const authorized = { Authorization: `Bearer ${TEST_TOKEN}` };

const call =
  (given: Call): Provocation["send"] =>
  ({ port }, method, path) =>
    callPort(port, path, { method, ...given, headers: { ...authorized, ...given.headers } });

/** Sends a text as it is, and reads the response until the connection ends. */
const raw =
  (rest: string): Provocation["send"] =>
  async (bridge, method, path) => {
    const connection = bridge
      .connect()
      .write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\n${rest}`);
    const [head = "", text = ""] = (await connection.ended).split("\r\n\r\n");
    const [first = "", ...lines] = head.split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(": ")));
    const status = Number(first.split(" ")[1]);
    checkAnswer({ method, path, status, headers, text });
    return { status };
  };

const elsewhere: TestBridgeOptions = { ownership: { isServing: false, confirm: () => Promise.resolve(false) } };

/** The responses that every route has: to what is rejected before the route, or by the code that all routes share. */
const provocations: Readonly<Record<number, Provocation>> = {
  400: { send: raw("Content-Length: none\r\n\r\n") },
  401: { send: call({ headers: { Authorization: "Bearer wrong" } }) },
  403: { send: call({ headers: { Host: "evil.example" } }) },
  408: { bridge: { listen: { receiveTimeoutMs: 1000 } }, send: raw("X-Never-Ends") },
  413: {
    bridge: { limits: { maxBodyBytes: 10 } },
    send: (bridge, method, path) => {
      const type = /^\/oauth\/(?:token|revoke)$/.test(path) ? "application/x-www-form-urlencoded" : "application/json";
      return call({ body: "x".repeat(200_000), headers: { "Content-Type": type } })(bridge, method, path);
    },
  },
  415: { send: call({ body: "x", headers: { "Content-Type": "text/plain" } }) },
  429: {
    bridge: { limits: { maxRequestsPerMinute: 1 } },
    prepare: (bridge) => bridge.call("/api/kiro/access/me"),
    send: call({}),
  },
  431: { send: call({ headers: { "X-Long": "x".repeat(20_000) } }) },
  503: { bridge: elsewhere, send: call({}) },
  // At paths of Anthropic.
  529: { bridge: elsewhere, send: call({ headers: { "anthropic-version": "2023-06-01" } }) },
};

describe("The OpenAPI document has what every route responds with", () => {
  for (const [status, { bridge: options, prepare, send }] of Object.entries(provocations)) {
    it(`with ${status}`, async () => {
      const bridge = await startTestBridge(options);
      try {
        await prepare?.(bridge);
        const routes = [...operations].filter(
          ([, { responses, security }]) =>
            Object.hasOwn(responses, status) && (status !== "429" || security === undefined),
        );
        assert.ok(routes.length > 3);
        const answers = routes.map(async ([route]) => {
          const [method = "", path = ""] = route.split(" ");
          const { status: received } = await send(bridge, method, path.replaceAll(/\{\w+\}/g, "none"));
          return `${route} ${received}`;
        });
        assert.deepEqual(
          await Promise.all(answers),
          routes.map(([route]) => `${route} ${status}`),
        );
      } finally {
        await bridge.dispose();
      }
    });
  }
});

describe("The OpenAPI document has what OAuth responds with", () => {
  it("to too many requests", async () => {
    const bridge = await startTestBridge();
    try {
      const headers = { "Content-Type": "text/plain" };
      const revoke = (): Promise<Answer> => callPort(bridge.port, "/oauth/revoke", { body: "x", headers });
      await Promise.all(Array.from({ length: MAX_OAUTH_PER_MINUTE }, revoke));
      const limited = [...operations].filter(([route, { responses }]) => /\/oauth\//.test(route) && "429" in responses);
      assert.equal(limited.length, 5);
      for (const [route] of limited) {
        const [method = "", path = ""] = route.split(" ");
        const { status } = await callPort(bridge.port, path.replace("{handle}", "none"), { method });
        assert.equal(status, 429, route);
      }
    } finally {
      await bridge.dispose();
    }
  });
});

describe("The check of what tests see", () => {
  const headers = { "x-request-id": "5f3f8c1e-4a34-4f4e-9a53-3f6f0a3c2b7d", "content-type": "application/json" };
  const health = { method: "GET", path: "/health", status: 200, headers };

  it("fails for a route, a status, a media type or a body that the document does not have", () => {
    assert.throws(() => checkAnswer({ ...health, path: "/unknown" }), /no such route/);
    assert.throws(() => checkAnswer({ ...health, status: 418 }), /no such response/);
    assert.throws(
      () => checkAnswer({ ...health, headers: { ...headers, "content-type": "text/csv" } }),
      /no text\/csv/,
    );
    assert.throws(() => checkAnswer({ ...health, text: '{"status":"fine"}' }), /status/);
    assert.throws(() => checkAnswer({ ...health, path: "/unknown", status: 404, text: "{}" }), /code/);
  });

  it("ignores other servers", () => {
    checkAnswer({ ...health, status: 418, headers: {} });
  });
});
