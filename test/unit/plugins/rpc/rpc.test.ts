import assert from "node:assert/strict";
import * as z from "zod";
import { RpcClient } from "../../../../src/plugins/rpc/rpcClient.ts";
import { RpcError } from "../../../../src/plugins/rpc/rpcError.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { failureOf } from "../../../support/plugins/failureOf.ts";
import { type BusUnderTest, openBus } from "../../../support/plugins/busUnderTest.ts";

const ENDPOINT = "plugin://fastapi-backend/rpc";

describe("A call of a plugin's method", () => {
  let bus: BusUnderTest;
  let server: RpcServer;
  let client: RpcClient;

  beforeEach(() => {
    bus = openBus();
    server = new RpcServer(bus.join("fastapi-backend"), ENDPOINT);
    client = new RpcClient(bus.join("caller"), ENDPOINT);
  });

  it("resolves with the bare result of the handler", async () => {
    server.register("create_endpoint", async ({ path }) => ({ filePath: `/routes${path}.py` }));
    const result = await client.call("create_endpoint", { path: "/users" });
    assert.equal(result.filePath, "/routes/users.py");
  });

  it("gives the handler the authenticated name of the caller", async () => {
    server.register("who", (_, { caller }) => caller);
    assert.equal(await client.call("who"), "caller");
  });

  it("resolves with undefined for a handler that returns nothing", async () => {
    server.register("ping", () => undefined);
    assert.equal(await client.call("ping"), undefined);
  });

  it("passes an empty object to a handler that is called without parameters", async () => {
    server.register("keys", (params: object) => Object.keys(params));
    assert.deepEqual(await client.call("keys"), []);
  });

  it("fails with the name of a method that is not registered", async () => {
    const { code, message } = await failureOf(client.call("drop"));
    assert.deepEqual([code, message], ["NOT_FOUND", "Unknown RPC method: drop"]);
  });

  it("finds no method by the name of a property of every object", async () => {
    assert.equal((await failureOf(client.call("constructor"))).message, "Unknown RPC method: constructor");
    assert.equal((await failureOf(client.call("__proto__"))).message, "Unknown RPC method: __proto__");
  });

  it("quotes the beginning of a very long name", async () => {
    const { message } = await failureOf(client.call("x".repeat(100_000)));
    assert.equal(message.length, "Unknown RPC method: ".length + 201);
  });

  it("fails for a method that was removed, and for one whose registration was disposed of", async () => {
    server.register("a", () => 1);
    const registration = server.register("b", () => 2);
    server.unregister("a");
    void registration.dispose();
    assert.equal((await failureOf(client.call("a"))).code, "NOT_FOUND");
    assert.equal((await failureOf(client.call("b"))).code, "NOT_FOUND");
  });

  it("keeps a method that has replaced another when the other one is disposed of", async () => {
    const first = server.register("a", () => 1);
    server.register("a", () => 2);
    void first.dispose();
    assert.equal(await client.call("a"), 2);
  });

  it("fails at once if nobody serves the plugin", async () => {
    server.dispose();
    const { code, data } = await failureOf(client.call("ping"));
    assert.deepEqual([code, (data as { reason?: string }).reason], ["NOT_FOUND", "no-responder"]);
  });

  it("fails with the message of an error of the handler, without its stack", async () => {
    server.register("deploy", () => {
      throw new Error("serviceName is required");
    });
    const { code, message, data } = await failureOf(client.call("deploy"));
    assert.deepEqual([code, message, data], ["COMMAND_EXECUTION_FAILED", "serviceName is required", undefined]);
  });

  it("fails with the code and the data that the handler has chosen", async () => {
    server.register("deploy", async () => Promise.reject(new RpcError("QUOTA", "No more today.", { left: 0 })));
    const { code, message, data } = await failureOf(client.call("deploy"));
    assert.deepEqual([code, message, data], ["QUOTA", "No more today.", { left: 0 }]);
  });

  it("keeps the code of an error of the bridge's catalog", async () => {
    server.register("get", () => {
      throw new BridgeError("CONFLICT", "Changed meanwhile.", { revision: 2 });
    });
    const { code, data } = await failureOf(client.call("get"));
    assert.deepEqual([code, data], ["CONFLICT", { revision: 2 }]);
  });

  it("fails if the result cannot be sent", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    server.register("loop", () => cyclic);
    assert.equal((await failureOf(client.call("loop"))).code, "VALIDATION_FAILED");
  });

  it("reads an error that an older server has sent as a text", async () => {
    const old = bus.join("old");
    old.subscribe("plugin/old/rpc", async ({ message }) =>
      old.respond(message.correlationId ?? "", { error: "broken" }),
    );
    const { code, message } = await failureOf(new RpcClient(bus.join("x"), "plugin://old/rpc").call("any"));
    assert.deepEqual([code, message], ["COMMAND_EXECUTION_FAILED", "broken"]);
  });

  it("rejects a payload that is no call", async () => {
    const request = { topic: "plugin/fastapi-backend/rpc", destination: "fastapi-backend" };
    for (const payload of [undefined, null, 5, "ping", {}, { method: 5 }]) {
      const reply = await bus.join("x").request({ ...request, payload });
      assert.equal(reply.error.code, "VALIDATION_FAILED");
    }
  });

  it("streams progress before its result", async () => {
    server.register("analyze", async (_, { progress }) => {
      for (const done of [1, 2, 3]) await progress({ done });
      return "ready";
    });
    const seen: unknown[] = [];
    const result = await client.call("analyze", {}, { onProgress: (payload) => seen.push(payload) });
    assert.deepEqual([seen, result], [[{ done: 1 }, { done: 2 }, { done: 3 }], "ready"]);
  });

  it("tells a handler of progress that cannot be sent, which need not listen", async () => {
    server.register("analyze", async (_, { progress }) => {
      void progress(1n);
      return await progress(1n).then(
        () => "sent",
        () => "refused",
      );
    });
    assert.equal(await client.call("analyze"), "refused");
  });
});

describe("The parameters of a method", () => {
  let server: RpcServer;
  let client: RpcClient;

  beforeEach(() => {
    const bus = openBus();
    server = new RpcServer(bus.join("fastapi-backend"), ENDPOINT);
    client = new RpcClient(bus.join("caller"), ENDPOINT);
  });

  it("are checked against a schema of zod, and reach the handler as it has converted them", async () => {
    const schema = z.object({ path: z.string(), depth: z.int().default(3) });
    server.register("scan", (params) => params, { schema });
    assert.deepEqual(await client.call("scan", { path: "/a" }), { path: "/a", depth: 3 });
    const { code, message, data } = await failureOf(client.call("scan", { path: 5 }));
    assert.equal(code, "VALIDATION_FAILED");
    assert.match(message, /^The parameters are not valid: path: /);
    assert.deepEqual(
      (data as { issues: { path: string }[] }).issues.map(({ path }) => path),
      ["path"],
    );
  });

  it("are checked by a schema whose check is asynchronous", async () => {
    const schema = z.string().refine(async (text) => text !== "taken");
    server.register("claim", (name) => name, { schema });
    assert.equal(await client.call("claim", "free"), "free");
    assert.equal((await failureOf(client.call("claim", "taken"))).code, "VALIDATION_FAILED");
  });

  it("are checked against a JSON Schema", async () => {
    const schema = { type: "object", required: ["path"], properties: { path: { type: "string" } } };
    server.register("scan", ({ path }) => path, { schema });
    assert.equal(await client.call("scan", { path: "/a" }), "/a");
    const { code, message } = await failureOf(client.call("scan", {}));
    assert.equal(code, "VALIDATION_FAILED");
    assert.match(message, /path/);
  });

  it("refuse a JSON Schema that cannot be used when the method is registered", () => {
    const isInvalid = { code: "VALIDATION_FAILED", message: /^The schema cannot be used: / };
    assert.throws(() => server.register("a", () => 1, { schema: { pattern: "(" } }), isInvalid);
    assert.throws(() => server.register("a", () => 1, { schema: { $ref: "https://example.com/x" } }), isInvalid);
  });
});

describe("An endpoint of calls", () => {
  it("is plugin://<name>/rpc, exactly", () => {
    const bus = openBus();
    const wrong = [
      "",
      "plugin://a/rpc/",
      "plugin://A/rpc",
      "plugin://a.b/rpc",
      "plugin:///rpc",
      "a",
      "x".repeat(10_000),
    ];
    for (const endpoint of [...wrong, "plugin://a/rpc\n", `plugin://${"a".repeat(65)}/rpc`]) {
      assert.throws(() => new RpcClient(bus.join("a"), endpoint), { code: "VALIDATION_FAILED" });
    }
  });

  it("of another plugin cannot be served", () => {
    const bus = openBus();
    assert.throws(() => new RpcServer(bus.join("a"), "plugin://b/rpc"), { code: "VALIDATION_FAILED" });
  });
});
