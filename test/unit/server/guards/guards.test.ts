import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { callPort } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const PAGE = "https://app.example";
const STATUS = "/api/kiro/status";

describe("The guards", () => {
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
      it(`accepts ${name} with our port`, async () =>
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
      it(`rejects ${name}`, async () => assert.equal(await status({ Host: host(bridge.port) }), 403));
    }

    it("accepts a name on the allow-list with any port, and name:port with that port only", async () => {
      assert.equal(await status({ Host: "bridge.example" }), 200);
      assert.equal(await status({ Host: "bridge.example:4000" }), 200);
      assert.equal(await status({ Host: "proxy.example:8443" }), 200);
      assert.equal(await status({ Host: "proxy.example" }), 403);
    });

    it("is checked before everything else, also for health", async () => {
      const answer = await callPort(bridge.port, "/health", { headers: { Host: "evil.example" } });
      assert.equal(answer.status, 403);
      assert.equal(answer.json["code"], "ACCESS_DENIED");
      assert.deepEqual(answer.json["context"], { rule: "host" });
    });

    it("rejects two Host headers, and none", async () => {
      const own = `Host: 127.0.0.1:${bridge.port}\r\n`;
      const twice = bridge
        .connect()
        .write(`GET /health HTTP/1.1\r\n${own}Host: evil.example\r\nConnection: close\r\n\r\n`);
      assert.match(await twice.ended, /^HTTP\/1.1 4\d\d .*"code":"(ACCESS_DENIED|VALIDATION_FAILED)"/s);
      const none = bridge.connect().write("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
      assert.match(await none.ended, /^HTTP\/1.1 403 .*"rule":"host"/s);
    });

    it("cannot be overridden by a URL that names another host", async () => {
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
      it(`rejects ${origin}`, async () => {
        const answer = await bridge.call(STATUS, { headers: { Origin: origin } });
        assert.equal(answer.status, 403);
        assert.deepEqual(answer.json["context"], { rule: "origin" });
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
      });
    }

    it("rejects foreign pages that request health, too", async () => {
      const answer = await callPort(bridge.port, "/health", { headers: { Origin: "https://evil.example" } });
      assert.equal(answer.status, 403);
    });

    it("accepts an allowed page, which is cross-site for its browser, and lets it read responses and errors", async () => {
      const headers = { Origin: PAGE, "Sec-Fetch-Site": "cross-site" };
      const answer = await bridge.call(STATUS, { headers });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["access-control-allow-origin"], PAGE);
      assert.equal(answer.headers.vary, "Origin");
      const refused = await callPort(bridge.port, STATUS, { headers });
      assert.equal(refused.status, 401);
      assert.equal(refused.headers["access-control-allow-origin"], PAGE);
    });

    it("answers the preflight of an allowed page without a token, and rejects any other", async () => {
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

      it("is accepted if its browser reports same-origin, and receives no CORS headers", async () => {
        for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
          const headers = { ...own(), Host: `${name}:${bridge.port}`, Origin: `http://${name}:${bridge.port}` };
          const answer = await bridge.execute({ command: "test.echo" }, headers);
          assert.equal(answer.status, 200, name);
          assert.equal(answer.headers["access-control-allow-origin"], undefined);
        }
      });

      it("still requires the token", async () => {
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

      it("is rejected without authentication, and for upgrades", async () => {
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

    it("sends no CORS headers to other origins", async () => {
      const answer = await bridge.call(STATUS);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith("access-control")),
        [],
      );
    });
  });

  describe("Sec-Fetch-Site without Origin", () => {
    for (const site of ["cross-site", "same-site", "cross-site, none", "something-new"]) {
      it(`rejects ${site}`, async () => assert.equal(await status({ "Sec-Fetch-Site": site }), 403));
    }
    for (const site of ["same-origin", "none"]) {
      it(`accepts ${site}`, async () => assert.equal(await status({ "Sec-Fetch-Site": site }), 200));
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
      it(`rejects ${name}`, async () => {
        const answer = await callPort(bridge.port, STATUS, { headers: { Authorization: header } });
        assert.equal(answer.status, 401);
        assert.equal(answer.json["code"], "AUTHENTICATION_FAILED");
        assert.match(String(answer.headers["www-authenticate"]), /^Bearer\b/);
        assert.match(String(answer.json["message"]), /bridge\.json/);
        assert.ok(!answer.text.includes(TEST_TOKEN));
      });
    }

    it("is rejected if missing, or sent twice", async () => {
      assert.equal((await callPort(bridge.port, STATUS)).status, 401);
      const line = `Authorization: Bearer ${TEST_TOKEN}\r\n`;
      const head = `GET ${STATUS} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nConnection: close\r\n`;
      assert.match(await bridge.connect().write(`${head}${line}${line}\r\n`).ended, /^HTTP\/1.1 401 /);
      assert.match(await bridge.connect().write(`${head}${line}\r\n`).ended, /^HTTP\/1.1 200 /);
    });

    it("is rejected if it is not ASCII", async () => {
      const head = `GET ${STATUS} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nConnection: close\r\n`;
      const connection = bridge.connect().write(`${head}Authorization: Bearer t\u00f6k\u00e9n\xff\xfe\r\n\r\n`);
      assert.match(await connection.ended, /^HTTP\/1.1 401 .*"code":"AUTHENTICATION_FAILED"/s);
    });

    for (const name of ["token", "apiKey", "api_key", "access_token"]) {
      it(`is rejected in the query as ${name}, and the response says where to send it`, async () => {
        const answer = await callPort(bridge.port, `${STATUS}?${name}=${TEST_TOKEN}`);
        assert.equal(answer.status, 401);
        assert.match(String(answer.json["message"]), /header .*, never in the URL/);
        assert.ok(!answer.text.includes(TEST_TOKEN));
      });
    }

    it("accepts the scheme in any case", async () => {
      const answer = await callPort(bridge.port, STATUS, { headers: { Authorization: `bearer ${TEST_TOKEN}` } });
      assert.equal(answer.status, 200);
    });

    it("is not required for GET and HEAD of health, but for everything else", async () => {
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
      assert.equal((await callPort(bridge.port, "/health", { method: "HEAD" })).status, 200);
      for (const path of ["/health/", "/HEALTH", "//health", "/healthy", "/api/kiro/status", "/nothing"]) {
        assert.equal((await callPort(bridge.port, path)).status, 401, path);
      }
      assert.equal((await callPort(bridge.port, "/health", { method: "POST" })).status, 401);
    });

    it("is checked before the body: a caller without it learns nothing about types and sizes", async () => {
      const call = { body: "<xml/>", headers: { "Content-Type": "text/xml" } };
      assert.equal((await callPort(bridge.port, "/api/kiro/execute", call)).status, 401);
    });
  });

  it("replaces the token immediately when it is rotated", async () => {
    const own = await startTestBridge();
    try {
      own.server.rotateToken("another-token");
      assert.equal((await own.call(STATUS)).status, 401);
      assert.equal((await own.call(STATUS, { headers: { Authorization: "Bearer another-token" } })).status, 200);
    } finally {
      await own.dispose();
    }
  });

  it("check Host and Origin also without authentication", async () => {
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
