import assert from "node:assert/strict";
import type { LogFacts } from "../../../../src/base/logger.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { executionListSchema, executionSchema } from "../../../../src/protocol/executions.ts";
import { commandListSchema, healthSchema, statusSchema } from "../../../../src/protocol/status.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

describe("The resources over HTTP", () => {
  const errors: (LogFacts | undefined)[] = [];
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({
      folders: ["/somewhere"],
      lanes: { concurrency: 1, maxQueued: 10 },
      commands: { "editor.action.format": () => undefined, "test.never": () => new Promise(() => undefined) },
      logger: { ...silentLogger, error: (_text, facts) => void errors.push(facts) },
    });
  });

  after(() => bridge.dispose());

  describe("GET /health", () => {
    it("reports healthy, and nothing that identifies the machine", async () => {
      const answer = await callPort(bridge.port, "/health");
      assert.equal(answer.status, 200);
      const { status, server } = healthSchema.strict().parse(answer.json);
      assert.equal(status, "healthy");
      assert.deepEqual({ ...server, uptime: 0 }, { running: true, port: bridge.port, host: "127.0.0.1", uptime: 0 });
    });
  });

  describe("GET /", () => {
    it("describes the bridge to a browser and a terminal, without a token and without secrets", async () => {
      const inBrowser = await callPort(bridge.port, "/", {
        headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
      });
      assert.equal(inBrowser.status, 200);
      assert.match(String(inBrowser.headers["content-type"]), /^text\/html/);
      assert.match(String(inBrowser.headers["content-security-policy"]), /default-src 'none'/);
      assert.match(inBrowser.text, /<a href="docs">/);
      const inTerminal = await callPort(bridge.port, "/", { headers: { Accept: "*/*" } });
      assert.deepEqual([inTerminal.status, inTerminal.json["docs"]], [200, "/docs"]);
      assert.match(inBrowser.text, /<a href="asyncapi\.json">/);
      assert.equal(inTerminal.json["asyncapi"], "/asyncapi.json");
      for (const { text } of [inBrowser, inTerminal]) {
        assert.match(text, /The token is in bridge\.json/);
        assert.ok(!text.includes(TEST_TOKEN));
      }
    });

    it("is protected by the guards of Host and Origin", async () => {
      for (const headers of [
        { Host: "evil.example" },
        { Origin: "https://evil.example" },
        { "Sec-Fetch-Site": "cross-site" },
      ]) {
        assert.equal((await callPort(bridge.port, "/", { headers })).status, 403);
      }
      assert.equal((await callPort(bridge.port, "/", { method: "POST" })).status, 401);
    });
  });

  describe("GET /api/kiro/status", () => {
    it("answers from memory", async () => {
      const before = bridge.core.editor;
      const answer = await bridge.call("/api/kiro/status");
      const status = statusSchema.parse(answer.json);
      assert.equal(status.status, "ready");
      assert.equal(status.currentCommand, undefined);
      assert.ok(status.availableCommands.includes("test.echo"));
      assert.deepEqual(status.windows[0]?.workspaceFolders, ["/somewhere"]);
      assert.equal(Reflect.get(before, "listings"), 1);
    });
  });

  describe("GET /api/kiro/status?fields=", () => {
    it("returns only the requested fields", async () => {
      const answer = await bridge.call("/api/kiro/status?fields=queue,status,currentCommand&other=1");
      assert.deepEqual([answer.status, answer.json], [200, { queue: { running: 0, queued: 0 }, status: "ready" }]);
    });

    for (const fields of ["", "status,", "nothing", "__proto__", "status&fields=cli", "status,".repeat(50)]) {
      it(`rejects ${fields.slice(0, 30)}`, async () => {
        const answer = await bridge.call(`/api/kiro/status?fields=${fields}`);
        assert.deepEqual([answer.status, answer.json["code"]], [400, "VALIDATION_FAILED"]);
      });
    }
  });

  it("ends every response with a newline, errors included", async () => {
    const answers = await Promise.all([
      bridge.call("/api/kiro/status"),
      bridge.call("/api/kiro/executions"),
      bridge.call("/api/kiro/policy/check", { body: { command: "test.echo" } }),
      bridge.execute({ command: 1 }),
      bridge.call("/nothing"),
      bridge.call("/metrics"),
      callPort(bridge.port, "/"),
      callPort(bridge.port, "/health"),
      callPort(bridge.port, "/api/kiro/status"),
    ]);
    for (const { text } of answers) assert.match(text, /[^\n]\n$/);
    const raw = await bridge.connect().write("what is no HTTP\r\n\r\n").ended;
    assert.match(raw, /\}\n$/);
  });

  describe("GET /api/kiro/commands", () => {
    it("lists what matches", async () => {
      const answer = await bridge.call("/api/kiro/commands?query=FORMAT&limit=5");
      const list = commandListSchema.parse(answer.json);
      assert.deepEqual(list, { commands: [{ id: "editor.action.format", source: "editor", allowed: true }], total: 1 });
    });

    for (const query of [
      "limit=0",
      "limit=x",
      "limit=1.5",
      "limit=",
      "limit=1&limit=2",
      "other=1",
      "__proto__=1",
      "query[a]=1",
    ]) {
      it(`rejects ?${query}`, async () => {
        const answer = await bridge.call(`/api/kiro/commands?${query}`);
        assert.equal(answer.status, 400);
        assert.equal(answer.json["code"], "VALIDATION_FAILED");
      });
    }
  });

  describe("POST /api/kiro/policy/check", () => {
    it("reports what would happen, and runs nothing", async () => {
      const check = async (body: object) => (await bridge.call("/api/kiro/policy/check", { body })).json;
      const count = bridge.core.events.lastId;
      assert.deepEqual(await check({ command: "account.deleteAccount" }), {
        allowed: false,
        target: "editor",
        known: false,
        rule: { setting: "kiroBridge.commands.deny", pattern: "*deleteAccount*" },
      });
      assert.equal((await check({ command: "kiro.cli.chat", args: ["hi"] }))["target"], "cli");
      assert.equal((await check({ command: 1 }))["code"], "VALIDATION_FAILED");
      assert.equal(bridge.core.events.lastId, count);
    });
  });

  describe("/api/kiro/executions", () => {
    it("lists newest first, page by page, and by status", async () => {
      const ids: unknown[] = [];
      for (const args of [["1"], ["2"], ["3"]])
        ids.unshift((await bridge.execute({ command: "test.echo", args })).json["executionId"]);
      const list = async (query: string) =>
        executionListSchema.parse((await bridge.call(`/api/kiro/executions${query}`)).json);
      const first = await list("?limit=2");
      assert.deepEqual(
        first.executions.map(({ id }) => id),
        ids.slice(0, 2),
      );
      const second = await list(`?limit=2&cursor=${first.nextCursor}`);
      assert.deepEqual(
        second.executions.map(({ id }) => id),
        ids.slice(2),
      );
      assert.equal(second.nextCursor, undefined);
      assert.deepEqual(await list("?status=interrupted"), { executions: [] });
      assert.equal((await bridge.call("/api/kiro/executions?status=odd")).status, 400);
    });

    it("lists large ones as previews on pages of 1 MiB, and shows each whole", async () => {
      const large = "x".repeat(40_000);
      for (let count = 0; count < 300; count++)
        await bridge.execute({ command: "test.echo", args: [`${count} ${large}`] });
      const seen: (string | undefined)[] = [];
      let id = "";
      let pages = 0;
      for (let query = "?limit=500"; query !== ""; ) {
        const answer = await bridge.call(`/api/kiro/executions${query}`);
        assert.ok(answer.text.length < 1.05 * 1024 * 1024, `${answer.text.length}`);
        const { executions, nextCursor } = executionListSchema.parse(answer.json);
        for (const { args, contentTruncated } of executions) seen.push(contentTruncated ? args[0]?.split(" ")[0] : "");
        id ||= executions.at(0)?.id ?? "";
        pages++;
        query = nextCursor === undefined ? "" : `?limit=500&cursor=${nextCursor}`;
      }
      assert.deepEqual(
        seen.slice(0, 300),
        Array.from({ length: 300 }, (_, at) => `${299 - at}`),
      );
      assert.ok(pages >= 2);
      const { output, contentTruncated } = executionSchema.parse(
        (await bridge.call(`/api/kiro/executions/${id}`)).json,
      );
      assert.deepEqual([output.length >= 40_000, contentTruncated], [true, undefined]);
    });

    it("returns one", async () => {
      const { json } = await bridge.execute({ command: "test.echo", args: ["hello"] });
      const record = executionSchema.parse(
        (await bridge.call(`/api/kiro/executions/${String(json["executionId"])}`)).json,
      );
      assert.equal(record.command, "test.echo");
      assert.deepEqual(record.args, ["hello"]);
      assert.equal(record.output, "hello");
      assert.equal(record.target, "editor");
    });

    it("responds NOT_FOUND for an unknown one on every route", async () => {
      const asked = ["exec-1-1", "__proto__", "..%2f..", "x".repeat(2000)];
      for (const id of asked) assert.equal((await bridge.call(`/api/kiro/executions/${id}`)).status, 404);
      assert.equal((await bridge.call("/api/kiro/executions/exec-1-1/events")).status, 404);
      assert.equal((await bridge.call("/api/kiro/executions/exec-1-1/cancel", { method: "POST" })).status, 404);
    });

    it("cancels a queued one, with and without a body, and reports that others cannot be cancelled", async () => {
      const submit = async () =>
        (await bridge.execute({ command: "test.never", timeoutMs: 60_000 }, { Prefer: "respond-async" })).json[
          "executionId"
        ];
      const running = await submit();
      const [one, two] = [await submit(), await submit()];
      const cancel = (id: unknown, call: object) =>
        bridge.call(`/api/kiro/executions/${String(id)}/cancel`, { method: "POST", ...call });
      assert.deepEqual((await cancel(one, {})).json, { status: "cancelled", how: "dequeued" });
      assert.deepEqual((await cancel(two, { body: {} })).json, { status: "cancelled", how: "dequeued" });
      assert.deepEqual((await cancel(running, {})).json, { status: "running", how: "not-cancellable" });
      assert.equal((await cancel(running, { body: { force: true } })).status, 400);
      assert.equal((await cancel(running, { body: "a=1", headers: { "Content-Type": "text/plain" } })).status, 415);
    });
  });

  describe("Anything else", () => {
    it("responds NOT_FOUND with the common error body", async () => {
      for (const path of [
        "/api",
        "/api/kiro",
        "/api/kiro/Status",
        "/api/kiro/execute/x",
        "/%00",
        "/api//kiro/status",
      ]) {
        const answer = await bridge.call(path);
        assert.equal(answer.status, 404, path);
        assert.equal(answer.json["code"], "NOT_FOUND");
      }
    });

    it("names the allowed methods for a wrong one", async () => {
      const answer = await bridge.call("/api/kiro/execute");
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.allow, "POST, OPTIONS");
      assert.equal(answer.json["message"], "/api/kiro/execute does not support GET. Use POST.");
      assert.match(
        String((await bridge.call("/api/kiro/status", { method: "DELETE" })).json["message"]),
        /Use GET or HEAD/,
      );
      assert.equal((await bridge.call("/api/kiro/status", { method: "PUT", body: "x" })).status, 404);
    });

    it("lists the methods on OPTIONS, and answers HEAD like GET without a body", async () => {
      const options = await bridge.call("/api/kiro/executions", { method: "OPTIONS" });
      assert.equal(options.status, 204);
      assert.equal(options.headers.allow, "GET, HEAD, OPTIONS");
      const head = await bridge.call("/api/kiro/status", { method: "HEAD" });
      assert.equal(head.status, 200);
      assert.equal(head.text, "");
      assert.ok(Number(head.headers["content-length"]) > 0);
      assert.equal((await callPort(bridge.port, "/api/kiro/status", { method: "OPTIONS" })).status, 401);
    });

    it("has its own request id in the response", async () => {
      const answers = await Promise.all(["/health", "/nothing", "/api/kiro/status"].map((path) => bridge.call(path)));
      const ids = answers.map(({ headers }) => String(headers["x-request-id"]));
      assert.equal(new Set(ids).size, 3);
      for (const id of ids) assert.match(id, /^[\da-f-]{36}$/);
    });

    it("that fails internally responds INTERNAL_ERROR with an id that is in the log, and no details", async () => {
      const original = bridge.core.window.describe.bind(bridge.core.window);
      bridge.core.window.describe = () => {
        throw new Error("secret at /home/me/secret.ts");
      };
      try {
        const answer = await bridge.call("/api/kiro/status");
        assert.equal(answer.status, 500);
        assert.equal(answer.json["code"], "INTERNAL_ERROR");
        const { errorId } = Object(answer.json["context"]);
        assert.equal(errors.at(-1)?.["errorId"], errorId);
        assert.match(String(errors.at(-1)?.["error"]), /secret at/);
        assert.ok(!answer.text.includes("secret"));
        assert.ok(!answer.text.includes("at "));
      } finally {
        bridge.core.window.describe = original;
      }
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
    });
  });
});
