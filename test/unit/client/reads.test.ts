import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import { type ClientBridge, startClientBridge } from "../../support/clients/clientBridge.ts";
import { startPlainServer } from "../../support/client/plainServer.ts";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import { fake } from "../../fixtures/simulator/directive.ts";

describe("The reads of the SDK, and its chats with the simulated CLI", () => {
  let surroundings: ClientBridge;
  let client: KiroBridgeClient;

  before(async () => {
    surroundings = await startClientBridge();
    client = new KiroBridgeClient(surroundings.bridge.server.url, { token: TEST_TOKEN, name: "Reads ✓" });
  });
  after(async () => {
    await client.close();
    await surroundings.dispose();
  });

  it("list the windows, the commands, and the permissions", async () => {
    const { windows } = await client.windows();
    assert.equal(windows.length, 1);
    const { commands, total } = await client.commands({ query: "test.count" });
    assert.deepEqual([commands[0]?.id, total], ["test.count", 1]);
    assert.equal((await client.commands({ limit: 1 })).commands.length, 1);
    const { id, scopes } = await client.me();
    assert.ok(id === "owner" && scopes.includes("commands:run"));
  });

  it("say what the policy decides, and run nothing for it", async () => {
    const { allowed, known, target } = await client.checkPolicy({ command: "test.count" });
    assert.deepEqual([allowed, known, target], [true, true, "editor"]);
    assert.equal((await client.executeCommand("test.count")).result, 1);
    assert.equal((await client.checkPolicy({ command: "_private" })).allowed, false);
  });

  it("have the metrics, and the health", async () => {
    assert.match(await client.metrics(), /^kiro_bridge_executions_total\{/m);
    assert.equal((await client.getHealth()).status, "healthy");
  });

  it("have the name of the program in what it runs", async () => {
    const { executionId } = await client.executeCommand("test.count");
    assert.equal((await client.executions.get(executionId)).requestedBy?.name, "Reads ?");
  });

  it("open events with a ticket in place of the token", async () => {
    const { ticket } = await client.createTicket();
    const page = new KiroBridgeClient(client.baseUrl);
    await assert.rejects(page.events().next(), { code: "AUTHENTICATION_FAILED" });
    const stream = await page.events({ ticket }).ready();
    assert.equal((await stream.next()).value?.type, "connection-ready");
    await page.close();
  });

  it("have the sessions of chats, and close them", async () => {
    const response = await client.chat({ prompt: "Hello", session: "named" });
    assert.equal(response.success, true);
    const { sessions } = await client.sessions.list();
    assert.ok(sessions.some(({ name, id }) => name === "named" && id === response.sessionId));
    const closed = await client.sessions.close("named");
    assert.deepEqual(closed, { closed: true, sessionId: response.sessionId });
    await assert.rejects(client.sessions.close("named"), { code: "NOT_FOUND" });
  });

  it("stream a chat whose tool asks for a permission", async () => {
    const types = new Set<string>();
    const turn = client.chat(
      { prompt: fake("tool"), session: "fresh" },
      { onQuestion: ({ choices }) => choices?.find((choice) => /yes|allow/i.test(choice)) ?? choices?.[0] },
    );
    for await (const { type } of turn) types.add(type);
    for (const type of ["started", "tool", "question", "input-accepted", "delta", "done"])
      assert.ok(types.has(type), type);
    assert.equal((await turn).success, true);
  });

  it("wait for an execution that asks, until it has ended", async () => {
    const turn = client.chat({ prompt: fake("tool"), session: "fresh" });
    for await (const step of turn) {
      if (step.type !== "question") continue;
      const { executionId, questionId, inputType: type, choices } = step;
      const waiting = client.executions.wait(executionId);
      assert.equal((await client.executions.get(executionId)).pendingInput?.questionId, questionId);
      await client.input({ executionId, questionId, type, value: choices?.[0] ?? "" });
      assert.equal((await waiting).status, "completed");
    }
  });

  it("have the JSON of a chat with a schema", async () => {
    const schema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] };
    const { success, json, code } = await client.chat({ prompt: "Is it?", session: "fresh", schema });
    assert.ok(success ? json !== undefined : code === "COMMAND_EXECUTION_FAILED");
  });

  it("use the place of the client where a call names none", async () => {
    const elsewhere = new KiroBridgeClient(client.baseUrl, { token: TEST_TOKEN, windowId: "no-such-window" });
    await assert.rejects(elsewhere.executeCommand("test.count"), { code: "NOT_FOUND" });
    await assert.rejects(elsewhere.commands(), { code: "NOT_FOUND" });
    const [window] = (await client.windows()).windows;
    const named = await elsewhere.executeCommand({ command: "test.count", windowId: window?.id });
    assert.equal(named.success, true);
  });

  it("call a function for the token, again after a 401", async () => {
    const tokens = ["expired", TEST_TOKEN];
    const renewing = new KiroBridgeClient(client.baseUrl, { token: () => tokens.shift() });
    assert.equal((await renewing.me()).id, "owner");
    assert.equal(renewing.token, TEST_TOKEN);
    const failing = new KiroBridgeClient(client.baseUrl, { token: () => Promise.reject(new Error("no keychain")) });
    await assert.rejects(failing.me(), /no keychain/);
  });

  it("send an execution again with its key when the platform has given up the wait", async () => {
    const keys: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      keys.push(new Headers(init?.headers).get("Idempotency-Key"));
      const response = await globalThis.fetch(input, init);
      if (keys.length > 1) return response;
      await response.body?.cancel();
      const cause = Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
      throw new TypeError("fetch failed", { cause });
    };
    const patient = new KiroBridgeClient(client.baseUrl, { token: TEST_TOKEN, fetch });
    const before = (await client.executeCommand("test.count")).result;
    const { result } = await patient.executeCommand("test.count");
    assert.equal(result, Number(before) + 1);
    assert.equal((await client.executeCommand("test.count")).result, Number(before) + 2);
    assert.deepEqual([keys.length, new Set(keys).size], [2, 1]);
  });

  it("are abandoned at each stage with the reason of the signal", async () => {
    const reason = new Error("enough");
    await assert.rejects(client.me({ signal: AbortSignal.abort(reason) }), reason);
    const stages: readonly ((write: (text: string) => void) => void)[] = [() => undefined, (write) => write('{"id":')];
    for (const answer of stages) {
      const controller = new AbortController();
      const gone = Promise.withResolvers<void>();
      const server = await startPlainServer((_request, response) => {
        response.once("close", gone.resolve);
        answer((text) => response.write(text));
        setImmediate(() => controller.abort(reason));
      });
      const slow = new KiroBridgeClient(server.url, { token: () => TEST_TOKEN });
      await assert.rejects(slow.me({ signal: controller.signal }), reason);
      await gone.promise;
      await server.dispose();
    }
    const never = new KiroBridgeClient(client.baseUrl, { token: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const waiting = never.me({ signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(waiting, reason);
  });
});
