import assert from "node:assert/strict";
import { once } from "node:events";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import {
  type ModelBridge,
  passedTo,
  passing,
  passingJson,
  passingStream,
  startModelBridge,
} from "../../../../support/gateways/startModelBridge.ts";
import { until } from "../../../../support/until.ts";

const path = "/v1/chat/completions";
const chunk = (text: string) => `data: {"choices":[{"delta":{"content":"${text}"}}]}\n\n`;

describe("A chat with a model of the same protocol", () => {
  let models: ModelBridge;
  beforeEach(async () => {
    models = await startModelBridge();
  });
  afterEach(() => models.dispose());

  const bodyOf = (more: object = {}) => ({ model: "chat/gpt", messages: [{ role: "user", content: "Hi" }], ...more });

  it("passes with fields that nobody knows, and its answer passes back", async () => {
    const vendor = { id: "chatcmpl-1", choices: [], unheard: { of: [1] } };
    models.chat.answer = passingJson(vendor, 200, { "x-request-id": "req_1", "x-ratelimit-limit-requests": "9" });
    const body = bodyOf({ n: 3, logit_bias: { 5: 1 }, unknown: [{ deep: null }] });
    const answer = await models.call(path, { body, headers: { "OpenAI-Beta": "one=v1", Cookie: "a=b" } });
    assert.deepEqual([answer.status, answer.text], [200, JSON.stringify(vendor)]);
    const [call] = passedTo(models.chat);
    assert.deepEqual(
      [call?.path, call?.method, call?.wire, call?.model],
      ["/chat/completions", "POST", "openai-chat", "gpt"],
    );
    assert.deepEqual(call?.body, { ...body, model: "gpt" });
    assert.deepEqual(call?.headers, { "openai-beta": "one=v1" });
    const { headers } = answer;
    assert.deepEqual(
      [headers["x-kiro-agent"], headers["x-kiro-vendor-request-id"], headers["x-ratelimit-limit-requests"]],
      ["chat", "req_1", "9"],
    );
    const execution = models.bridge.core.executions.get(String(headers["x-request-id"]));
    assert.deepEqual([execution?.task.command, execution?.task.args], ["kiro.engines.chat.complete", ["Hi"]]);
    assert.equal(execution?.requestedBy?.principal?.id, "client");
  });

  it("is for the deployment in the path of Azure", async () => {
    models.chat.answer = passingJson({});
    await models.call("/openai/deployments/chat/chat/completions?api-version=1", { body: bodyOf({ model: "else" }) });
    await models.call(`/openai/deployments/${encodeURIComponent("chat/ft:a")}/chat/completions`, { body: bodyOf() });
    assert.deepEqual(
      passedTo(models.chat).map(({ model }) => model),
      ["small", "ft:a"],
    );
  });

  it("passes as a stream, byte by byte", async () => {
    const stream = `${chunk("Hé")}: comment\r\n\r\n${chunk("llo")}data: [DONE]\n\n`;
    models.chat.answer = passing(async (call) => {
      call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
      for (const byte of Buffer.from(stream)) await call.onBytes(Buffer.of(byte));
    });
    const answer = await models.call(path, { body: bodyOf({ stream: true }) });
    assert.equal(answer.text, stream);
    assert.equal(answer.headers["cache-control"], "no-cache, no-transform");
  });

  it("has the errors of the vendor, with their bodies and hints", async () => {
    for (const status of [400, 403, 404, 422, 429, 500]) {
      const error = { error: { message: `No ${status}`, type: "x", param: null, code: "own" } };
      models.chat.answer = passingJson(error, status, { "retry-after": "7" });
      const answer = await models.call(path, { body: bodyOf() });
      assert.deepEqual([answer.status, answer.json, answer.headers["retry-after"]], [status, error, "7"]);
      const azure = await models.call("/openai/deployments/chat/chat/completions", { body: bodyOf() });
      assert.equal(azure.status, status);
    }
  });

  it("hides that the vendor rejects the key of the engine, which clients would take for theirs", async () => {
    models.chat.answer = passingJson({ error: { message: "Incorrect API key provided: sk-1***" } }, 401);
    const { status, text } = await models.call(path, { body: bodyOf() });
    assert.equal(status, 503);
    assert.match(text, /"code":"engine-unauthorized"/);
    assert.match(text, /Set Key of a Model/);
    assert.doesNotMatch(text, /sk-1/);
  });

  it("has an error of the bridge if the vendor has said nothing", async () => {
    models.chat.answer = () => Promise.reject(new BridgeError("RATE_LIMIT_EXCEEDED", "The limit of the day."));
    const { status, json } = await models.call(path, { body: bodyOf() });
    assert.equal(status, 429);
    assert.match(JSON.stringify(json), /The limit of the day/);
  });

  it("ends with an error where a stream breaks between two events, and is cut where it breaks inside one", async () => {
    const breaking = (text: string) =>
      passing(async (call) => {
        call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
        await call.onBytes(Buffer.from(text));
        throw new BridgeError("KIRO_UNAVAILABLE", "The vendor has gone.", { cause: "engine-cut" });
      });
    models.chat.answer = breaking(chunk("Half"));
    const { text } = await models.call(path, { body: bodyOf({ stream: true }) });
    assert.match(text, /^data: .*Half.*\n\ndata: \{"error":\{"message":"The vendor has gone\."[^\n]*\}\n\n$/);
    models.chat.answer = breaking(chunk("Half").slice(0, -5));
    await assert.rejects(models.call(path, { body: bodyOf({ stream: true }) }));
    models.chat.answer = passing(async (call) => {
      call.onHead({ status: 200, headers: { "content-type": "application/json" } });
      await call.onBytes(Buffer.from('{"half"'));
      throw new BridgeError("KIRO_UNAVAILABLE", "The vendor has gone.", { cause: "engine-cut" });
    });
    await assert.rejects(models.call(path, { body: bodyOf() }));
  });

  it("is cancelled when its client closes the connection", async () => {
    const aborted = Promise.withResolvers<void>();
    models.chat.answer = passing(async (call, { signal }) => {
      call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
      await call.onBytes(Buffer.from(chunk("Half")));
      await once(signal, "abort");
      aborted.resolve();
      throw signal.reason;
    });
    const abort = new AbortController();
    const response = await fetch(`${models.origin}${path}`, {
      method: "POST",
      body: JSON.stringify(bodyOf({ stream: true })),
      headers: { Authorization: `Bearer ${models.client.token}`, "Content-Type": "application/json" },
      signal: abort.signal,
    });
    abort.abort();
    await assert.rejects(response.text());
    await aborted.promise;
    const execution = models.bridge.core.executions.get(response.headers.get("x-request-id") ?? "");
    await execution?.settled;
    assert.equal(execution?.status, "cancelled");
  });

  it("does not outrun a client that reads slowly", async () => {
    let sent = 0;
    models.chat.answer = passing(async (call, { signal }) => {
      call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
      const block = Buffer.alloc(256 * 1024, ":");
      while (!signal.aborted) {
        await call.onBytes(block);
        sent += block.length;
      }
      throw signal.reason;
    });
    const connection = models.bridge.connect();
    const body = JSON.stringify(bodyOf({ stream: true }));
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${models.bridge.port}\r\nContent-Type: application/json`;
    const length = `Authorization: Bearer ${models.client.token}\r\nContent-Length: ${body.length}`;
    connection.write(`${head}\r\n${length}\r\n\r\n${body}`);
    await connection.receives(/event-stream/);
    connection.socket.pause();
    let before = -1;
    // The buffers of the connection fill up.
    await until(() => {
      const isStill = sent === before;
      before = sent;
      return isStill;
    });
    const [execution] = models.bridge.core.executions.all.values();
    assert.equal(execution?.status, "running");
  });

  it("is repeated as often as its client asks", async () => {
    models.chat.answer = passingStream(chunk("Hi"));
    for (let time = 0; time < 3; time++) await models.call(path, { body: bodyOf({ stream: true }) });
    assert.equal(models.chat.calls.length, 3);
  });

  it("needs the scope of prompts, and obeys the policy", async () => {
    const reader = models.principals.add("reader", { scopes: ["status:read"] });
    assert.equal((await models.bridge.callAs(reader, path, { body: bodyOf() })).status, 403);
    assert.equal(models.chat.calls.length, 0);
  });
});
