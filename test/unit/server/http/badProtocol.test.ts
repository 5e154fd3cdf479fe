import assert from "node:assert/strict";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { BadInputRig } from "./badInputRig.ts";

const EXECUTE = "/api/kiro/execute";

describe("Bad HTTP", () => {
  const rig = BadInputRig.use();

  describe("in the syntax", () => {
    it("answers HTTP/1.0 with a Host and closes the connection; without a Host it is rejected", async () => {
      const withHost = rig.bridge.connect().write(`GET /health HTTP/1.0\r\nHost: 127.0.0.1:${rig.bridge.port}\r\n\r\n`);
      assert.match(await withHost.ended, /^HTTP\/1.1 200 .*healthy/s);
      assert.match(
        await rig.bridge.connect().write("GET /health HTTP/1.0\r\n\r\n").ended,
        /^HTTP\/1.1 403 .*"rule":"host"/s,
      );
    });

    it("answers all pipelined requests in order", async () => {
      const post = (text: string) => {
        const body = JSON.stringify({ command: "test.echo", args: [text] });
        return `${rig.head("POST", EXECUTE)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      };
      const names = Array.from({ length: 20 }, (_, at) => `pipe-${at}.`);
      const connection = rig.bridge.connect().write(names.map(post).join(""));
      const text = await connection.receives(/"output":"pipe-19\."/);
      assert.deepEqual(
        [...text.matchAll(/"output":"(pipe-\d+\.)"/g)].map((match) => match[1]),
        names,
      );
    });

    it("responds 400 to what is not HTTP, and closes the connection", async () => {
      for (const text of ["hello\r\n\r\n", "\x16\x03\x01\x02\x00", "GET / HTTP/1.1\r\nbad header\r\n\r\n"]) {
        assert.match(await rig.bridge.connect().write(text).ended, /^HTTP\/1.1 400 .*"code":"VALIDATION_FAILED"/s);
      }
    });

    it("responds 400 to a body that contradicts its length", async () => {
      const both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n";
      assert.match(await rig.bridge.connect().write(`${rig.head("POST", EXECUTE)}${both}`).ended, /^HTTP\/1.1 400 /);
      const chunk = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n";
      assert.match(await rig.bridge.connect().write(`${rig.head("POST", EXECUTE)}${chunk}`).ended, /^HTTP\/1.1 400 /);
    });

    it("responds 431 to headers that are too large", async () => {
      const connection = rig.bridge.connect().write(`GET /health HTTP/1.1\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`);
      assert.match(await connection.ended, /^HTTP\/1.1 431 .*"code":"VALIDATION_FAILED"/s);
    });

    it("responds 400 to a URL that cannot be decoded", async () => {
      const answer = await rig.bridge.call("/api/kiro/executions/%E0%A4%A");
      assert.equal(answer.status, 400);
      assert.equal(answer.json["code"], "VALIDATION_FAILED");
    });

    it("ignores a client that disconnects in the middle of its body", async () => {
      const connection = rig.bridge.connect();
      connection.write(`${rig.head("POST", EXECUTE)}Content-Type: application/json\r\nContent-Length: 100\r\n`);
      connection.write('Expect: 100-continue\r\n\r\n{"comm');
      await connection.receives(/^HTTP\/1.1 100 /);
      connection.close();
      await connection.ended;
    });
  });
});

describe("An incomplete request", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ listen: { receiveTimeoutMs: 500 } });
  });

  after(() => bridge.dispose());

  const halves: Record<string, (host: string) => string> = {
    "nothing at all": () => "",
    "half a head": (host) => `POST ${EXECUTE} HTTP/1.1\r\nHost: ${host}\r\nAuthor`,
    "half a body": (host) =>
      `POST ${EXECUTE} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"command":`,
  };
  for (const [name, half] of Object.entries(halves)) {
    it(`responds 408 after ${name}, and closes the connection`, async () => {
      const text = await bridge.connect().write(half(`127.0.0.1:${bridge.port}`)).ended;
      assert.match(text, /^HTTP\/1.1 408 .*"code":"OPERATION_TIMEOUT"/s);
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
    });
  }
});
