import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { errorBodySchema } from "../../../../src/protocol/errorBody.ts";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const EXECUTE = "/api/kiro/execute";
const MAX_BODY = 10 * 1024 * 1024;
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

describe("Bad input", () => {
  const logged: string[] = [];
  let bridge: TestBridge;
  let place: string;

  before(async () => {
    place = await realpath(await mkdtemp(join(tmpdir(), "kb-bad-")));
    await mkdir(join(place, "open", "inside"), { recursive: true });
    await mkdir(join(place, "closed"));
    await symlink(join(place, "closed"), join(place, "open", "link-out"), "dir");
    await symlink(join(place, "open", "inside"), join(place, "open", "link-in"), "dir");
    bridge = await startTestBridge({
      folders: [join(place, "open")],
      logger: { ...silentLogger, error: (text) => void logged.push(text), warn: (text) => void logged.push(text) },
      commands: {
        "test.throws": () => {
          throw new Error("it broke");
        },
        "test.throwsNothing": () => Promise.reject(undefined),
        "test.never": () => new Promise(() => undefined),
        "test.cyclic": () => cyclic,
        "test.bigint": () => 2n ** 70n,
        "test.function": () => assert.equal,
        "test.megabyte": () => "m".repeat(1024 * 1024),
        "test.undefined": () => undefined,
        "test.false": () => false,
        "test.zero": () => 0,
      },
    });
  });

  after(async () => {
    await bridge.dispose();
    await rm(place, { recursive: true, force: true });
  });

  afterEach("the bridge lives, and found nothing worth a line in its log", async () => {
    const health = await callPort(bridge.port, "/health");
    assert.equal(health.json["status"], "healthy");
    assert.deepEqual(logged, []);
  });

  /** Refused with the one body, which for execute also has the fields of the original API. */
  function assertRefused(answer: Answer, status: number, code: string): Record<string, unknown> {
    assert.equal(answer.status, status, answer.text.slice(0, 500));
    const body = errorBodySchema.loose().parse(answer.json);
    assert.equal(body.code, code);
    assert.equal(answer.json["success"], false);
    assert.equal(answer.json["error"], body.message);
    assert.equal(answer.json["executionTimeMs"], 0);
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
    assert.ok(answer.headers["x-request-id"]);
    return body.context ?? {};
  }

  const refusal = async (body: NonNullable<Call["body"]>, status = 400, code = "VALIDATION_FAILED") =>
    assertRefused(await bridge.execute(body), status, code);

  describe("in the body", () => {
    it("that is not JSON is told where it breaks", async () => {
      assert.deepEqual(await refusal('{"command": test}'), {
        field: "(body)",
        rule: "json",
        expected: "JSON in UTF-8",
        received: "something else",
      });
      for (const text of ["{", "", '{"command":"a"}}', "\u0000", "undefined", "'a'"]) await refusal(text);
    });

    it("that is not UTF-8 is refused", async () => {
      const bytes = Buffer.concat([Buffer.from('{"command":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]);
      assert.equal((await refusal(bytes))["rule"], "json");
    });

    it("that is JSON of another kind is refused", async () => {
      for (const text of ["null", "[]", '"command"', "7", "true", "{}"]) await refusal(text);
    });

    it("with a number as command", async () => {
      const context = await refusal({ command: 7 });
      assert.deepEqual(context, { field: "command", rule: "type", expected: "string", received: "number" });
    });

    it("without a command, with an empty one, and with one that is too long", async () => {
      assert.equal((await refusal({ args: [] }))["rule"], "required");
      assert.equal((await refusal({ command: "" }))["rule"], "too_small");
      assert.equal((await refusal({ command: "x".repeat(1_000_001) }))["rule"], "too_big");
    });

    it("with args that are not strings", async () => {
      assert.equal((await refusal({ command: "test.echo", args: ["a", 7] }))["field"], "args.1");
      assert.equal((await refusal({ command: "test.echo", args: "a" }))["expected"], "array");
      assert.equal((await refusal({ command: "test.echo", args: null }))["received"], "null");
    });

    it("with five million wrong args, which costs neither a minute nor the memory", async () => {
      const body = `{"command":"test.echo","args":[${"1,".repeat(MAX_BODY / 2 - 100)}1]}`;
      assert.equal((await refusal(body))["field"], "args.0");
    });

    it("with args and params together", async () => {
      assert.equal((await refusal({ command: "test.echo", args: [], params: [] }))["rule"], "exclusive");
    });

    it("with wrong kinds in every other field", async () => {
      for (const [field, value] of Object.entries({
        workspacePath: 1,
        params: {},
        target: "shell",
        timeoutMs: "5",
        session: [],
      })) {
        assert.equal((await refusal({ command: "test.echo", [field]: value }))["field"], field);
      }
      for (const timeoutMs of [0, -1, 1.5, 1e300]) await refusal({ command: "test.echo", timeoutMs });
    });

    it("with unknown fields, `__proto__` and `constructor` among them", async () => {
      for (const name of ["extra", "__proto__", "constructor", "toString"]) {
        const context = await refusal(`{"command":"test.echo","${name}":{"polluted":true}}`);
        assert.equal(context["rule"], "unrecognized_keys", name);
      }
      assert.equal(Reflect.get({}, "polluted"), undefined);
    });

    it("with hundreds of thousands of unknown fields gets a short answer", async () => {
      const fields = Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`).join(",");
      const answer = await bridge.execute(`{"command":"test.echo",${fields}}`);
      assertRefused(answer, 400, "VALIDATION_FAILED");
      assert.ok(answer.text.length < 2000);
    });

    it("with `__proto__` inside a typed argument, which is an ordinary field there", async () => {
      const answer = await bridge.execute('{"command":"test.echo","params":[{"__proto__":{"polluted":true}}]}');
      assert.equal(answer.status, 200);
      assert.match(answer.text, /"result":\{"__proto__":\{"polluted":true\}\}/);
      assert.equal(Reflect.get({}, "polluted"), undefined);
    });

    it("of exactly the limit is read, and of one byte more is refused with 413", async () => {
      const filled = (length: number) => {
        const frame = '{"command":"x","nothing":""}';
        return frame.replace('""', `"${"a".repeat(length - frame.length)}"`);
      };
      assert.equal(Buffer.byteLength(filled(MAX_BODY)), MAX_BODY);
      assert.equal((await refusal(filled(MAX_BODY)))["rule"], "unrecognized_keys");
      assert.deepEqual(await refusal(filled(MAX_BODY + 1), 413, "PAYLOAD_TOO_LARGE"), { maxBytes: MAX_BODY });
    });

    it("that does not say how long it is, and is too long, is refused with 413", async () => {
      const connection = bridge.connect();
      connection.write(`${head("POST", EXECUTE)}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n`);
      const chunk = `100000\r\n${" ".repeat(0x100000)}\r\n`;
      for (let count = 0; count < 11; count++) connection.write(chunk);
      assert.match(await connection.receives(/\}\n$/), /^HTTP\/1.1 413 .*"code":"PAYLOAD_TOO_LARGE"/s);
      connection.write(`0\r\n\r\n${head("GET", "/health")}\r\n`);
      await connection.receives(/HTTP\/1.1 200 .*healthy/s);
    });

    it("with 10,000 levels", async () => {
      const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
      assert.equal((await refusal(`{"command":"test.echo","params":[${nested}]}`))["rule"], "depth");
      await refusal(`{"command":${nested}}`);
      await refusal(nested);
    });

    it("with lone surrogates, which come back as they went", async () => {
      const answer = await bridge.execute('{"command":"test.echo","args":["\\ud800x\\udfff"]}');
      assert.equal(answer.json["result"], "\ud800x\udfff");
      const unknown = await bridge.execute('{"command":"\\udc00"}');
      assert.equal(unknown.json["code"], "COMMAND_EXECUTION_FAILED");
    });

    it("with NUL, which comes back as it went and finds no folder", async () => {
      const answer = await bridge.execute({ command: "test.echo", args: ["a\0b"] });
      assert.equal(answer.json["output"], "a\0b");
      assert.equal((await bridge.execute({ command: "test\0echo" })).json["code"], "COMMAND_EXECUTION_FAILED");
      assert.equal((await bridge.execute({ command: "test.echo", workspacePath: `${place}/\0` })).status, 404);
    });
  });

  describe("in the kind of the body", () => {
    const types: Record<string, string> = {
      "a form": "application/x-www-form-urlencoded",
      text: "text/plain",
      "a multipart form": "multipart/form-data; boundary=x",
      "JSON in another charset": "application/json; charset=utf-16",
      "something that begins like JSON": "application/jsonp",
      nothing: "",
    };
    for (const [name, type] of Object.entries(types)) {
      it(`that is ${name} gets 415`, async () => {
        const answer = await bridge.execute('{"command":"test.echo"}', { "Content-Type": type });
        assertRefused(answer, 415, "UNSUPPORTED_MEDIA_TYPE");
      });
    }

    it("that is compressed gets 415", async () => {
      assertRefused(await bridge.execute("{}", { "Content-Encoding": "gzip" }), 415, "UNSUPPORTED_MEDIA_TYPE");
    });

    it("that says charset=UTF-8 is fine", async () => {
      const answer = await bridge.execute('{"command":"test.echo"}', {
        "Content-Type": "application/json;charset=UTF-8",
      });
      assert.equal(answer.status, 200);
    });

    for (const type of ["application/x-www-form-urlencoded", "text/plain"]) {
      it(`that is ${type} from a foreign page is refused, token or not, and runs nothing`, async () => {
        const before = [...bridge.core.executions.all.keys()].at(-1);
        const headers = { "Content-Type": type, Origin: "https://evil.example" };
        const body = '{"command":"test.echo"}';
        assertRefused(await bridge.execute(body, headers), 403, "ACCESS_DENIED");
        assertRefused(await callPort(bridge.port, EXECUTE, { body, headers }), 403, "ACCESS_DENIED");
        const { Origin: _none, ...sameType } = headers;
        const crossSite = { ...sameType, "Sec-Fetch-Site": "cross-site" };
        assertRefused(await callPort(bridge.port, EXECUTE, { body, headers: crossSite }), 403, "ACCESS_DENIED");
        assert.equal([...bridge.core.executions.all.keys()].at(-1), before);
      });
    }

    it("on a rebound name is refused and runs nothing", async () => {
      const answer = await bridge.execute({ command: "test.echo" }, { Host: `evil.example:${bridge.port}` });
      assertRefused(answer, 403, "ACCESS_DENIED");
    });
  });

  describe("in the command", () => {
    const run = async (command: string) => (await bridge.execute({ command })).json;

    it("that is unknown fails with near matches, inside a 200 answer", async () => {
      const answer = await bridge.execute({ command: "test.ecko" });
      assert.equal(answer.status, 200);
      assert.equal(answer.json["success"], false);
      assert.equal(answer.json["code"], "COMMAND_EXECUTION_FAILED");
      assert.match(String(answer.json["error"]), /^Command 'test.ecko' not found\. Did you mean 'test.echo'/);
    });

    it("that throws fails with its message and without a stack", async () => {
      const answer = await bridge.execute({ command: "test.throws" });
      assert.equal(answer.status, 200);
      assert.equal(answer.json["error"], "it broke");
      assert.ok(!answer.text.includes(".test.ts"));
      assert.equal((await run("test.throwsNothing"))["success"], false);
    });

    it("that never returns ends at the deadline with 408", async () => {
      const answer = await bridge.execute({ command: "test.never", timeoutMs: 30 });
      assert.equal(answer.status, 408);
      assert.equal(answer.json["code"], "OPERATION_TIMEOUT");
      assert.equal(answer.json["status"], "failed");
      assert.equal(answer.json["success"], false);
      assert.equal(answer.json["output"], "");
      assert.ok(Number(answer.json["executionTimeMs"]) >= 20);
      const { operation, timeoutMs } = Object(answer.json["context"]);
      assert.deepEqual({ operation, timeoutMs }, { operation: "command-execution", timeoutMs: 30 });
    });

    it("that gives what JSON cannot say gives it distinguishably", async () => {
      assert.deepEqual((await run("test.cyclic"))["result"], { self: { $type: "Cycle", levelsUp: 1 } });
      assert.deepEqual((await run("test.bigint"))["result"], { $type: "BigInt", value: String(2n ** 70n) });
      assert.equal(Object((await run("test.function"))["result"])["$type"], "Function");
      assert.deepEqual((await run("test.undefined"))["result"], { $type: "Undefined" });
    });

    it("that gives false, 0 or undefined gives just that, and text beside it", async () => {
      const values = { "test.false": [false, "false"], "test.zero": [0, "0"] };
      for (const [command, [result, output]] of Object.entries(values)) {
        const answer = await run(command);
        assert.deepEqual([answer["success"], answer["result"], answer["output"]], [true, result, output]);
      }
      assert.equal((await run("test.undefined"))["output"], "");
    });

    it("that gives a megabyte gives a megabyte", async () => {
      assert.equal(String((await run("test.megabyte"))["output"]).length, 1024 * 1024);
    });
  });

  describe("in the workspacePath", () => {
    const run = (workspacePath: string) => bridge.execute({ command: "test.echo", workspacePath });

    it("outside every folder gets 404, which names the open folders", async () => {
      const answer = await run(join(place, "closed"));
      assertRefused(answer, 404, "NOT_FOUND");
      assert.deepEqual(Object(answer.json["context"])["openFolders"], [join(place, "open")]);
    });

    it("that is relative gets 400", async () => assertRefused(await run("open"), 400, "VALIDATION_FAILED"));

    it("that leaves by `..` gets 404, and that comes back by it is fine", async () => {
      assertRefused(await run(`${place}/open/../closed`), 404, "NOT_FOUND");
      assertRefused(await run(`${place}/open/inside/../../closed`), 404, "NOT_FOUND");
      assert.equal((await run(`${place}/closed/../open`)).status, 200);
    });

    it("that leaves by a link gets 404, and by a link that stays inside is fine", async () => {
      assertRefused(await run(join(place, "open", "link-out")), 404, "NOT_FOUND");
      assert.equal((await run(join(place, "open", "link-in"))).status, 200);
    });

    it("that only begins like an open folder gets 404", async () => {
      assertRefused(await run(join(place, "opened")), 404, "NOT_FOUND");
    });
  });

  describe("in the Idempotency-Key", () => {
    it("reused with another body gets 409", async () => {
      const headers = { "Idempotency-Key": "bad-1" };
      assert.equal((await bridge.execute({ command: "test.echo", args: ["1"] }, headers)).status, 200);
      assertRefused(await bridge.execute({ command: "test.echo", args: ["2"] }, headers), 409, "CONFLICT");
    });

    it("empty, too long or not ASCII gets 400", async () => {
      for (const key of ["", "k".repeat(256), "k\u00e9y", "a\tb"]) {
        assertRefused(
          await bridge.execute({ command: "test.echo" }, { "Idempotency-Key": key }),
          400,
          "VALIDATION_FAILED",
        );
      }
      assert.equal(
        (await bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "k".repeat(255) })).status,
        200,
      );
    });
  });

  describe("in the protocol", () => {
    it("HTTP/1.0 with a Host is answered and hung up; without one it is refused", async () => {
      const withHost = bridge.connect().write(`GET /health HTTP/1.0\r\nHost: 127.0.0.1:${bridge.port}\r\n\r\n`);
      assert.match(await withHost.ended, /^HTTP\/1.1 200 .*healthy/s);
      assert.match(
        await bridge.connect().write("GET /health HTTP/1.0\r\n\r\n").ended,
        /^HTTP\/1.1 403 .*"rule":"host"/s,
      );
    });

    it("pipelined requests are all answered, in order", async () => {
      const post = (text: string) => {
        const body = JSON.stringify({ command: "test.echo", args: [text] });
        return `${head("POST", EXECUTE)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      };
      const names = Array.from({ length: 20 }, (_, at) => `pipe-${at}.`);
      const connection = bridge.connect().write(names.map(post).join(""));
      const text = await connection.receives(/"output":"pipe-19\."/);
      assert.deepEqual(
        [...text.matchAll(/"output":"(pipe-\d+\.)"/g)].map((match) => match[1]),
        names,
      );
    });

    it("what is no HTTP gets our 400 and is hung up", async () => {
      for (const text of ["hello\r\n\r\n", "\x16\x03\x01\x02\x00", "GET / HTTP/1.1\r\nbad header\r\n\r\n"]) {
        assert.match(await bridge.connect().write(text).ended, /^HTTP\/1.1 400 .*"code":"VALIDATION_FAILED"/s);
      }
    });

    it("a body that contradicts its length gets our 400", async () => {
      const both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n";
      assert.match(await bridge.connect().write(`${head("POST", EXECUTE)}${both}`).ended, /^HTTP\/1.1 400 /);
      const chunk = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n";
      assert.match(await bridge.connect().write(`${head("POST", EXECUTE)}${chunk}`).ended, /^HTTP\/1.1 400 /);
    });

    it("headers that are too large get 431", async () => {
      const connection = bridge.connect().write(`GET /health HTTP/1.1\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`);
      assert.match(await connection.ended, /^HTTP\/1.1 431 .*"code":"VALIDATION_FAILED"/s);
    });

    it("a URL that cannot be decoded gets 400", async () => {
      const answer = await bridge.call("/api/kiro/executions/%E0%A4%A");
      assert.equal(answer.status, 400);
      assert.equal(answer.json["code"], "VALIDATION_FAILED");
    });

    it("a client that hangs up in the midst of its body harms nobody", async () => {
      const connection = bridge.connect();
      connection.write(`${head("POST", EXECUTE)}Content-Type: application/json\r\nContent-Length: 100\r\n`);
      connection.write('Expect: 100-continue\r\n\r\n{"comm');
      await connection.receives(/^HTTP\/1.1 100 /);
      connection.close();
      await connection.ended;
    });
  });

  function head(method: string, path: string): string {
    return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n`;
  }
});

describe("Half a request and then silence", () => {
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
    it(`after ${name} gets our 408 and is hung up`, async () => {
      const text = await bridge.connect().write(half(`127.0.0.1:${bridge.port}`)).ended;
      assert.match(text, /^HTTP\/1.1 408 .*"code":"OPERATION_TIMEOUT"/s);
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
    });
  }
});
