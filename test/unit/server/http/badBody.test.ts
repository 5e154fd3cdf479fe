import assert from "node:assert/strict";
import { callPort } from "../../../support/httpClient.ts";
import { assertRefused, BadInputRig } from "./badInputRig.ts";

const EXECUTE = "/api/kiro/execute";
const MAX_BODY = 10 * 1024 * 1024;

describe("Bad bodies", () => {
  const rig = BadInputRig.use();

  describe("in the body", () => {
    it("that is not JSON is rejected with the reason", async () => {
      assert.deepEqual(await rig.refusal('{"command": test}'), {
        field: "(body)",
        rule: "json",
        expected: "JSON in UTF-8",
        received: "something else",
      });
      for (const text of ["{", "", '{"command":"a"}}', "\u0000", "undefined", "'a'"]) await rig.refusal(text);
    });

    it("that is not UTF-8 is rejected", async () => {
      const bytes = Buffer.concat([Buffer.from('{"command":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]);
      assert.equal((await rig.refusal(bytes))["rule"], "json");
    });

    it("that is JSON of another type is rejected", async () => {
      for (const text of ["null", "[]", '"command"', "7", "true", "{}"]) await rig.refusal(text);
    });

    it("with a number as command is rejected with field, rule and types", async () => {
      const context = await rig.refusal({ command: 7 });
      assert.deepEqual(context, { field: "command", rule: "type", expected: "string", received: "number" });
    });

    it("without a command, with an empty one, or with one that is too long is rejected", async () => {
      assert.equal((await rig.refusal({ args: [] }))["rule"], "required");
      assert.equal((await rig.refusal({ command: "" }))["rule"], "too_small");
      assert.equal((await rig.refusal({ command: "x".repeat(1_000_001) }))["rule"], "too_big");
    });

    it("with args that are not strings is rejected", async () => {
      assert.equal((await rig.refusal({ command: "test.echo", args: ["a", 7] }))["field"], "args.1");
      assert.equal((await rig.refusal({ command: "test.echo", args: "a" }))["expected"], "array");
      assert.equal((await rig.refusal({ command: "test.echo", args: null }))["received"], "null");
    });

    it("with five million invalid args is rejected at the first", async () => {
      const body = `{"command":"test.echo","args":[${"1,".repeat(MAX_BODY / 2 - 100)}1]}`;
      assert.equal((await rig.refusal(body))["field"], "args.0");
    });

    it("with both args and params is rejected", async () => {
      assert.equal((await rig.refusal({ command: "test.echo", args: [], params: [] }))["rule"], "exclusive");
    });

    it("with a wrong type in any other field is rejected", async () => {
      for (const [field, value] of Object.entries({
        workspacePath: 1,
        params: {},
        target: "shell",
        timeoutMs: "5",
        session: [],
      })) {
        assert.equal((await rig.refusal({ command: "test.echo", [field]: value }))["field"], field);
      }
      for (const timeoutMs of [0, -1, 1.5, 1e300]) await rig.refusal({ command: "test.echo", timeoutMs });
    });

    it("with unknown fields, including `__proto__` and `constructor`, is rejected", async () => {
      for (const name of ["extra", "__proto__", "constructor", "toString"]) {
        const context = await rig.refusal(`{"command":"test.echo","${name}":{"polluted":true}}`);
        assert.equal(context["rule"], "unrecognized_keys", name);
      }
      assert.equal(Reflect.get({}, "polluted"), undefined);
    });

    it("with hundreds of thousands of unknown fields receives a short response", async () => {
      const fields = Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`).join(",");
      const answer = await rig.bridge.execute(`{"command":"test.echo",${fields}}`);
      assertRefused(answer, 400, "VALIDATION_FAILED");
      assert.ok(answer.text.length < 2000);
    });

    it("with `__proto__` inside a typed argument keeps it as an ordinary field", async () => {
      const answer = await rig.bridge.execute('{"command":"test.echo","params":[{"__proto__":{"polluted":true}}]}');
      assert.equal(answer.status, 200);
      assert.match(answer.text, /"result":\{"__proto__":\{"polluted":true\}\}/);
      assert.equal(Reflect.get({}, "polluted"), undefined);
    });

    it("of exactly the limit is read, and one byte more receives 413", async () => {
      const filled = (length: number) => {
        const frame = '{"command":"x","nothing":""}';
        return frame.replace('""', `"${"a".repeat(length - frame.length)}"`);
      };
      assert.equal(Buffer.byteLength(filled(MAX_BODY)), MAX_BODY);
      assert.equal((await rig.refusal(filled(MAX_BODY)))["rule"], "unrecognized_keys");
      assert.deepEqual(await rig.refusal(filled(MAX_BODY + 1), 413, "PAYLOAD_TOO_LARGE"), { maxBytes: MAX_BODY });
    });

    it("without a length that is too long receives 413", async () => {
      const connection = rig.bridge.connect();
      connection.write(
        `${rig.head("POST", EXECUTE)}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n`,
      );
      const chunk = `100000\r\n${" ".repeat(0x100000)}\r\n`;
      for (let count = 0; count < 11; count++) connection.write(chunk);
      assert.match(await connection.receives(/\}\n$/), /^HTTP\/1.1 413 .*"code":"PAYLOAD_TOO_LARGE"/s);
      connection.write(`0\r\n\r\n${rig.head("GET", "/health")}\r\n`);
      await connection.receives(/HTTP\/1.1 200 .*healthy/s);
    });

    it("with 10,000 levels is rejected", async () => {
      const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
      assert.equal((await rig.refusal(`{"command":"test.echo","params":[${nested}]}`))["rule"], "depth");
      await rig.refusal(`{"command":${nested}}`);
      await rig.refusal(nested);
    });

    it("with lone surrogates returns them unchanged", async () => {
      const answer = await rig.bridge.execute('{"command":"test.echo","args":["\\ud800x\\udfff"]}');
      assert.equal(answer.json["result"], "\ud800x\udfff");
      const unknown = await rig.bridge.execute('{"command":"\\udc00"}');
      assert.equal(unknown.json["code"], "COMMAND_EXECUTION_FAILED");
    });

    it("with NUL returns it unchanged, and matches no folder", async () => {
      const answer = await rig.bridge.execute({ command: "test.echo", args: ["a\0b"] });
      assert.equal(answer.json["output"], "a\0b");
      assert.equal((await rig.bridge.execute({ command: "test\0echo" })).json["code"], "COMMAND_EXECUTION_FAILED");
      assert.equal((await rig.bridge.execute({ command: "test.echo", workspacePath: `${rig.place}/\0` })).status, 404);
    });
  });

  describe("in the media type", () => {
    const types: Record<string, string> = {
      "a form": "application/x-www-form-urlencoded",
      text: "text/plain",
      "a multipart form": "multipart/form-data; boundary=x",
      "JSON in another charset": "application/json; charset=utf-16",
      "something that begins like JSON": "application/jsonp",
      nothing: "",
    };
    for (const [name, type] of Object.entries(types)) {
      it(`that is ${name} receives 415`, async () => {
        const answer = await rig.bridge.execute('{"command":"test.echo"}', { "Content-Type": type });
        assertRefused(answer, 415, "UNSUPPORTED_MEDIA_TYPE");
      });
    }

    it("that is compressed receives 415", async () => {
      assertRefused(await rig.bridge.execute("{}", { "Content-Encoding": "gzip" }), 415, "UNSUPPORTED_MEDIA_TYPE");
    });

    it("with charset=UTF-8 is accepted", async () => {
      const answer = await rig.bridge.execute('{"command":"test.echo"}', {
        "Content-Type": "application/json;charset=UTF-8",
      });
      assert.equal(answer.status, 200);
    });

    for (const type of ["application/x-www-form-urlencoded", "text/plain"]) {
      it(`that is ${type} from a foreign page is rejected, with or without the token, and runs nothing`, async () => {
        const before = [...rig.bridge.core.executions.all.keys()].at(-1);
        const headers = { "Content-Type": type, Origin: "https://evil.example" };
        const body = '{"command":"test.echo"}';
        assertRefused(await rig.bridge.execute(body, headers), 403, "ACCESS_DENIED");
        assertRefused(await callPort(rig.bridge.port, EXECUTE, { body, headers }), 403, "ACCESS_DENIED");
        const { Origin: _none, ...sameType } = headers;
        const crossSite = { ...sameType, "Sec-Fetch-Site": "cross-site" };
        assertRefused(await callPort(rig.bridge.port, EXECUTE, { body, headers: crossSite }), 403, "ACCESS_DENIED");
        assert.equal([...rig.bridge.core.executions.all.keys()].at(-1), before);
      });
    }

    it("with a rebound host name is rejected, and runs nothing", async () => {
      const answer = await rig.bridge.execute({ command: "test.echo" }, { Host: `evil.example:${rig.bridge.port}` });
      assertRefused(answer, 403, "ACCESS_DENIED");
    });
  });
});
