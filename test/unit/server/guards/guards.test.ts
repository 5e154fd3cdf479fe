import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { callPort } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const PAGE = "https://app.example";
const STATUS = "/api/kiro/status";

describe("The guards of the door", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({
      guards: { allowedHosts: ["Bridge.Example", "proxy.example:8443"], allowedOrigins: [`${PAGE}/`] },
    });
  });

  after(() => bridge.dispose());

  afterEach(async () => {
    const health = await callPort(bridge.port, "/health");
    assert.equal(health.status, 200);
  });

  const status = async (headers: OutgoingHttpHeaders, path = STATUS): Promise<number> =>
    (await bridge.call(path, { headers })).status;

  describe("Host", () => {
    for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
      it(`lets ${name} with our port in`, async () =>
        assert.equal(await status({ Host: `${name}:${bridge.port}` }), 200));
    }

    const foreign: Record<string, (port: number) => string> = {
      "a foreign name": () => "evil.example",
      "a foreign name with our port": (port) => `evil.example:${port}`,
      "a foreign name that begins like ours": (port) => `localhost.evil.example:${port}`,
      "a foreign name that resolves to us": (port) => `127.0.0.1.nip.io:${port}`,
      "our name without the port": () => "127.0.0.1",
      "our name with another port": (port) => `localhost:${port + 1}`,
      "the address of all interfaces": (port) => `0.0.0.0:${port}`,
    };
    for (const [name, host] of Object.entries(foreign)) {
      it(`refuses ${name}`, async () => assert.equal(await status({ Host: host(bridge.port) }), 403));
    }

    it("lets a name on the allow-list in, with any port, and a name:port with that port alone", async () => {
      assert.equal(await status({ Host: "bridge.example" }), 200);
      assert.equal(await status({ Host: "bridge.example:4000" }), 200);
      assert.equal(await status({ Host: "proxy.example:8443" }), 200);
      assert.equal(await status({ Host: "proxy.example" }), 403);
    });

    it("is looked at before everything else, also for health", async () => {
      const answer = await callPort(bridge.port, "/health", { headers: { Host: "evil.example" } });
      assert.equal(answer.status, 403);
      assert.equal(answer.json["code"], "ACCESS_DENIED");
      assert.deepEqual(answer.json["context"], { rule: "host" });
    });

    it("refuses two Host headers and none at all", async () => {
      const own = `Host: 127.0.0.1:${bridge.port}\r\n`;
      const twice = bridge
        .connect()
        .write(`GET /health HTTP/1.1\r\n${own}Host: evil.example\r\nConnection: close\r\n\r\n`);
      assert.match(await twice.ended, /^HTTP\/1.1 4\d\d .*"code":"(ACCESS_DENIED|VALIDATION_FAILED)"/s);
      const none = bridge.connect().write("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
      assert.match(await none.ended, /^HTTP\/1.1 403 .*"rule":"host"/s);
    });

    it("cannot be overruled by a URL that names another host", async () => {
      const connection = bridge
        .connect()
        .write(
          `GET http://evil.example/health HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nConnection: close\r\n\r\n`,
        );
      assert.match(await connection.ended, /^HTTP\/1.1 400 .*"code":"VALIDATION_FAILED"/s);
    });
  });

  describe("Origin", () => {
    for (const origin of [
      "https://evil.example",
      "null",
      "http://app.example",
      `${PAGE}.evil.example`,
      `${PAGE}, ${PAGE}`,
    ]) {
      it(`refuses ${origin}`, async () => {
        const answer = await bridge.call(STATUS, { headers: { Origin: origin } });
        assert.equal(answer.status, 403);
        assert.deepEqual(answer.json["context"], { rule: "origin" });
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
      });
    }

    it("refuses foreign pages that ask for health, too", async () => {
      const answer = await callPort(bridge.port, "/health", { headers: { Origin: "https://evil.example" } });
      assert.equal(answer.status, 403);
    });

    it("lets an allowed page in, which is cross-site for its browser, and lets it read answers and errors", async () => {
      const headers = { Origin: PAGE, "Sec-Fetch-Site": "cross-site" };
      const answer = await bridge.call(STATUS, { headers });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["access-control-allow-origin"], PAGE);
      assert.equal(answer.headers.vary, "Origin");
      const refused = await callPort(bridge.port, STATUS, { headers });
      assert.equal(refused.status, 401);
      assert.equal(refused.headers["access-control-allow-origin"], PAGE);
    });

    it("answers the preflight of an allowed page without a token, and of no other", async () => {
      const preflight = (origin: string) =>
        callPort(bridge.port, "/api/kiro/execute", {
          method: "OPTIONS",
          headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
        });
      const allowed = await preflight(PAGE);
      assert.equal(allowed.status, 204);
      assert.match(String(allowed.headers["access-control-allow-methods"]), /POST/);
      assert.match(String(allowed.headers["access-control-allow-headers"]), /Authorization.*Idempotency-Key/);
      assert.equal((await preflight("https://evil.example")).status, 403);
    });

    describe("of our own page", () => {
      const own = (): Record<string, string> => ({
        Host: `localhost:${bridge.port}`,
        Origin: `http://localhost:${bridge.port}`,
        "Sec-Fetch-Site": "same-origin",
      });

      it("is let in where its browser says that it is the same, and gets no CORS headers", async () => {
        for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
          const headers = { ...own(), Host: `${name}:${bridge.port}`, Origin: `http://${name}:${bridge.port}` };
          const answer = await bridge.execute({ command: "test.echo" }, headers);
          assert.equal(answer.status, 200, name);
          assert.equal(answer.headers["access-control-allow-origin"], undefined);
        }
      });

      it("still needs the token", async () => {
        const call = { body: { command: "test.echo" }, headers: own() };
        assert.equal((await callPort(bridge.port, "/api/kiro/execute", call)).status, 401);
      });

      const notOurs: Record<string, (port: number) => Record<string, string | undefined>> = {
        "another port": (port) => ({ Origin: `http://localhost:${port + 1}` }),
        "no port": () => ({ Origin: "http://localhost" }),
        "another of our names": (port) => ({ Origin: `http://127.0.0.1:${port}` }),
        HTTPS: (port) => ({ Origin: `https://localhost:${port}` }),
        "a name that begins like ours": (port) => ({ Origin: `http://localhost:${port}.evil.example` }),
        "a user before our name": (port) => ({ Origin: `http://evil@localhost:${port}` }),
        "a browser that says cross-site": () => ({ "Sec-Fetch-Site": "cross-site" }),
        "a browser that says same-site": () => ({ "Sec-Fetch-Site": "same-site" }),
        "no word of the browser": () => ({ "Sec-Fetch-Site": undefined }),
        "a name of the user's list": () => ({ Host: "bridge.example", Origin: "http://bridge.example" }),
        "a foreign name that leads to us": (port) => ({
          Host: `evil.example:${port}`,
          Origin: `http://evil.example:${port}`,
        }),
      };
      for (const [name, differing] of Object.entries(notOurs)) {
        it(`is not ours with ${name}`, async () => {
          const headers = Object.entries({ ...own(), ...differing(bridge.port) }).filter(
            ([, value]) => value !== undefined,
          );
          assert.equal((await bridge.execute({ command: "test.echo" }, Object.fromEntries(headers))).status, 403);
        });
      }

      it("is refused where nobody is asked for a token, and for upgrades", async () => {
        const open = await startTestBridge({ guards: { authMode: "none" } });
        try {
          const host = `localhost:${open.port}`;
          const headers = { Host: host, Origin: `http://${host}`, "Sec-Fetch-Site": "same-origin" };
          assert.equal((await open.execute({ command: "test.echo" }, headers)).status, 403);
        } finally {
          await open.dispose();
        }
        const client = new SocketClient(bridge.port, { headers: { ...own(), Authorization: `Bearer ${TEST_TOKEN}` } });
        assert.equal((await client.closed).code, 403);
      });
    });

    it("sends no CORS headers to anybody else", async () => {
      const answer = await bridge.call(STATUS);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith("access-control")),
        [],
      );
    });
  });

  describe("Sec-Fetch-Site without Origin", () => {
    for (const site of ["cross-site", "same-site", "cross-site, none", "something-new"]) {
      it(`refuses ${site}`, async () => assert.equal(await status({ "Sec-Fetch-Site": site }), 403));
    }
    for (const site of ["same-origin", "none"]) {
      it(`lets ${site} in`, async () => assert.equal(await status({ "Sec-Fetch-Site": site }), 200));
    }
  });

  describe("The token", () => {
    const refused: Record<string, string | string[]> = {
      "a wrong one": "Bearer wrong-token",
      "an empty one": "Bearer ",
      "an empty header": "",
      "one without Bearer": TEST_TOKEN,
      "another scheme": `Basic ${TEST_TOKEN}`,
      "one that begins right": `Bearer ${TEST_TOKEN.slice(0, -1)}`,
      "one with something behind it": `Bearer ${TEST_TOKEN}x`,
      "two in one header": `Bearer ${TEST_TOKEN}, Bearer ${TEST_TOKEN}`,
      "two words": `Bearer ${TEST_TOKEN} ${TEST_TOKEN}`,
      "an oversized one": `Bearer ${"a".repeat(8000)}`,
    };
    for (const [name, header] of Object.entries(refused)) {
      it(`refuses ${name}`, async () => {
        const answer = await callPort(bridge.port, STATUS, { headers: { Authorization: header } });
        assert.equal(answer.status, 401);
        assert.equal(answer.json["code"], "AUTHENTICATION_FAILED");
        assert.equal(answer.headers["www-authenticate"], "Bearer");
        assert.match(String(answer.json["message"]), /bridge\.json/);
        assert.ok(!answer.text.includes(TEST_TOKEN));
      });
    }

    it("refuses none at all, and two headers", async () => {
      assert.equal((await callPort(bridge.port, STATUS)).status, 401);
      const line = `Authorization: Bearer ${TEST_TOKEN}\r\n`;
      const head = `GET ${STATUS} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nConnection: close\r\n`;
      assert.match(await bridge.connect().write(`${head}${line}${line}\r\n`).ended, /^HTTP\/1.1 401 /);
      assert.match(await bridge.connect().write(`${head}${line}\r\n`).ended, /^HTTP\/1.1 200 /);
    });

    it("refuses one that is not ASCII", async () => {
      const head = `GET ${STATUS} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nConnection: close\r\n`;
      const connection = bridge.connect().write(`${head}Authorization: Bearer t\u00f6k\u00e9n\xff\xfe\r\n\r\n`);
      assert.match(await connection.ended, /^HTTP\/1.1 401 .*"code":"AUTHENTICATION_FAILED"/s);
    });

    for (const name of ["token", "apiKey", "api_key", "access_token"]) {
      it(`is refused in the query as ${name}, and the answer says where it belongs`, async () => {
        const answer = await callPort(bridge.port, `${STATUS}?${name}=${TEST_TOKEN}`);
        assert.equal(answer.status, 401);
        assert.match(String(answer.json["message"]), /header .*, never in the URL/);
        assert.ok(!answer.text.includes(TEST_TOKEN));
      });
    }

    it("takes the scheme in any case", async () => {
      const answer = await callPort(bridge.port, STATUS, { headers: { Authorization: `bearer ${TEST_TOKEN}` } });
      assert.equal(answer.status, 200);
    });

    it("is not asked for by GET and HEAD of health, and by nothing beside", async () => {
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
      assert.equal((await callPort(bridge.port, "/health", { method: "HEAD" })).status, 200);
      for (const path of ["/health/", "/HEALTH", "//health", "/healthy", "/api/kiro/status", "/nothing"]) {
        assert.equal((await callPort(bridge.port, path)).status, 401, path);
      }
      assert.equal((await callPort(bridge.port, "/health", { method: "POST" })).status, 401);
    });

    it("comes before the look at the body: a stranger learns nothing about types and sizes", async () => {
      const call = { body: "<xml/>", headers: { "Content-Type": "text/xml" } };
      assert.equal((await callPort(bridge.port, "/api/kiro/execute", call)).status, 401);
    });
  });

  it("changes the token at once when it is rotated", async () => {
    const own = await startTestBridge();
    try {
      own.server.rotateToken("another-token");
      assert.equal((await own.call(STATUS)).status, 401);
      assert.equal((await own.call(STATUS, { headers: { Authorization: "Bearer another-token" } })).status, 200);
    } finally {
      await own.dispose();
    }
  });

  it("without authentication still looks at Host and Origin", async () => {
    const open = await startTestBridge({ guards: { authMode: "none" } });
    try {
      assert.equal((await callPort(open.port, STATUS)).status, 200);
      assert.equal((await callPort(open.port, STATUS, { headers: { Host: "evil.example" } })).status, 403);
      assert.equal((await callPort(open.port, STATUS, { headers: { Origin: PAGE } })).status, 403);
      assert.equal((await callPort(open.port, STATUS, { headers: { "Sec-Fetch-Site": "cross-site" } })).status, 403);
    } finally {
      await open.dispose();
    }
  });
});

describe("The rate limit", () => {
  it("ends with RATE_LIMIT_EXCEEDED and Retry-After, leaves health alone, and starts anew with a new token", async () => {
    const bridge = await startTestBridge({ limits: { maxRequestsPerMinute: 3 } });
    try {
      for (let count = 0; count < 3; count++) assert.equal((await bridge.call(STATUS)).status, 200);
      const answer = await bridge.call(STATUS);
      assert.equal(answer.status, 429);
      assert.equal(answer.json["code"], "RATE_LIMIT_EXCEEDED");
      assert.equal(answer.json["recoverable"], true);
      assert.deepEqual(answer.json["context"], { limit: 3 });
      const seconds = Number(answer.headers["retry-after"]);
      assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
      assert.equal((await callPort(bridge.port, STATUS)).status, 401);
      bridge.server.rotateToken("new-token");
      assert.equal((await bridge.call(STATUS, { headers: { Authorization: "Bearer new-token" } })).status, 200);
    } finally {
      await bridge.dispose();
    }
  });
});

describe("The door for upgrades", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge({ guards: { allowedOrigins: [PAGE] } });
  });

  afterEach(() => bridge.dispose());

  /** The whole answer when it is a refusal, its beginning when the door opened. */
  const upgrade = (
    path: string,
    headers: Record<string, string>,
    host = `127.0.0.1:${bridge.port}`,
  ): Promise<string> => {
    const handshake = { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const all = { Host: host, Connection: "Upgrade", Upgrade: "websocket", ...handshake, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const connection = bridge.connect().write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    return Promise.any([connection.receives(/^HTTP\/1\.1 101 /), connection.ended]);
  };
  const withToken = { Authorization: `Bearer ${TEST_TOKEN}` };

  it("opens for the token in the header, and for the token as a subprotocol", async () => {
    assert.match(await upgrade("/ws", withToken), /^HTTP\/1.1 101 /);
    assert.match(await upgrade("/ws?since=4", withToken), /^HTTP\/1.1 101 /);
    const protocol = { "Sec-WebSocket-Protocol": `kiro-bridge, bearer.${TEST_TOKEN}` };
    assert.match(await upgrade("/ws", { ...protocol, Origin: PAGE }), /^HTTP\/1.1 101 /);
  });

  it("stays shut without a token, with a wrong one, and with one in the query", async () => {
    for (const headers of [
      {},
      { Authorization: "Bearer no" },
      { "Sec-WebSocket-Protocol": "kiro-bridge, bearer.no" },
    ]) {
      assert.match(await upgrade("/ws", headers), /^HTTP\/1.1 401 .*"code":"AUTHENTICATION_FAILED"/s);
    }
    assert.match(await upgrade(`/ws?token=${TEST_TOKEN}`, withToken), /^HTTP\/1.1 401 /);
  });

  it("stays shut for a foreign Host, a foreign Origin and foreign pages", async () => {
    assert.match(await upgrade("/ws", withToken, "evil.example"), /^HTTP\/1.1 403 .*"rule":"host"/s);
    assert.match(await upgrade("/ws", { ...withToken, Origin: "https://evil.example" }), /^HTTP\/1.1 403 /);
    assert.match(await upgrade("/ws", { ...withToken, "Sec-Fetch-Site": "cross-site" }), /^HTTP\/1.1 403 /);
  });

  it("says NOT_FOUND for any other path", async () => {
    assert.match(await upgrade("/elsewhere", withToken), /^HTTP\/1.1 404 .*"code":"NOT_FOUND"/s);
    assert.match(await upgrade("/health", {}), /^HTTP\/1.1 401 /);
  });

  it("is shut while the bridge stops", async () => {
    bridge.server.announceStop();
    for (const path of ["/ws", "/terminal"]) {
      assert.match(await upgrade(path, withToken), /^HTTP\/1.1 503 .*"code":"KIRO_UNAVAILABLE"/s, path);
    }
    assert.equal(bridge.core.clients.size, 0);
  });

  it("counts upgrades against the limit of requests, on every path", async () => {
    const limited = await startTestBridge({ limits: { maxRequestsPerMinute: 2 } });
    await bridge.dispose();
    bridge = limited;
    assert.match(await upgrade("/ws", withToken), /^HTTP\/1.1 101 /);
    assert.equal((await bridge.call(STATUS)).status, 200);
    for (const path of ["/ws", "/api/kiro/events", "/terminal"]) {
      const answer = await upgrade(path, withToken);
      assert.match(answer, /^HTTP\/1.1 429 .*"code":"RATE_LIMIT_EXCEEDED"/s, path);
      const seconds = Number(/\r\nRetry-After: (\d+)\r\n/.exec(answer)?.[1]);
      assert.ok(seconds > 1 && seconds <= 60, answer);
    }
    assert.match(await upgrade("/ws", { Authorization: "Bearer no" }), /^HTTP\/1.1 401 /);
  });

  it("takes a request that merely offers HTTP/2, as Java's client does, for a request", async function () {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    if (major < 24 || (major === 24 && minor < 9)) this.skip();
    const text = await upgrade("/health", { Connection: "Upgrade, HTTP2-Settings, close", Upgrade: "h2c" });
    assert.match(text, /^HTTP\/1.1 200 .*"healthy"/s);
  });
});
