import assert from "node:assert/strict";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { saying } from "../../../../support/gateways/fakeEngines.ts";
import {
  type ModelBridge,
  passedTo,
  passing,
  passingJson,
  passingStream,
  startModelBridge,
} from "../../../../support/gateways/startModelBridge.ts";

const path = "/v1/responses";
const vendor = { id: "resp_abc", object: "response", status: "completed", output: [], unheard: 1 };

describe("A response of a model of the same protocol", () => {
  let models: ModelBridge;
  beforeEach(async () => {
    models = await startModelBridge();
    models.responses.answer = passingJson(vendor);
  });
  afterEach(() => models.dispose());

  const bodyOf = (more: object = {}) => ({ model: "responses/gpt", input: "Hi", ...more });
  const post = (more: object = {}) => models.call(path, { body: bodyOf(more) });
  const lines = () => passedTo(models.responses).map(({ method, path: at, model }) => `${method} ${at} ${model}`);

  it("passes with fields that nobody knows, and its answer passes back", async () => {
    const more = { background: true, tools: [{ type: "web_search" }], unheard: [1], previous_response_id: "resp_old" };
    const { status, json, headers } = await post(more);
    assert.deepEqual([status, json, headers["x-kiro-agent"]], [200, vendor, "responses"]);
    assert.deepEqual(passedTo(models.responses)[0]?.body, { ...bodyOf(more), model: "gpt" });
    const execution = models.bridge.core.executions.get(String(headers["x-request-id"]));
    assert.deepEqual(execution?.task.args, ["Hi"]);
  });

  it("is read, cancelled and deleted at the vendor, by the client that got it alone", async () => {
    await post();
    const other = models.principals.add("other", { scopes: ["agents:prompt"] });
    const at = `${path}/resp_abc`;
    const calls = [
      ["GET", `${at}?include[]=a`],
      ["POST", `${at}/cancel`],
      ["DELETE", at],
    ] as const;
    for (const [method, url] of calls) {
      assert.deepEqual((await models.call(url, { method })).json, vendor, url);
      assert.equal((await models.bridge.callAs(other, url, { method })).status, method === "POST" ? 400 : 404);
    }
    assert.deepEqual(lines(), [
      "POST /responses gpt",
      "GET /responses/resp_abc?include[]=a gpt",
      "POST /responses/resp_abc/cancel gpt",
      "DELETE /responses/resp_abc gpt",
    ]);
    const continued = { body: bodyOf({ previous_response_id: "resp_abc" }) };
    assert.equal((await models.bridge.callAs(other, path, continued)).status, 404);
    assert.equal((await models.call(path, continued)).status, 200);
  });

  it("is also known by the stream in which it came", async () => {
    const event = `event: response.created\ndata: ${JSON.stringify({ type: "response.created", response: vendor })}\n\n`;
    models.responses.answer = passingStream(event.slice(0, 60), event.slice(60));
    assert.equal((await post({ stream: true })).text, event);
    models.responses.answer = passingJson(vendor);
    assert.equal((await models.call(`${path}/resp_abc`)).status, 200);
  });

  it("has the errors of the vendor about it", async () => {
    await post();
    const error = { error: { message: "Too early.", type: "x", param: null, code: null } };
    models.responses.answer = passingJson(error, 425);
    for (const [method, url] of [
      ["POST", path],
      ["GET", `${path}/resp_abc`],
      ["DELETE", `${path}/resp_abc`],
      ["POST", `${path}/resp_abc/cancel`],
    ] as const) {
      const answer = await models.call(url, { method, ...(url === path && { body: bodyOf() }) });
      assert.deepEqual([answer.status, answer.json], [425, error], url);
    }
  });

  it("may take too long, and is gone with its engine", async () => {
    await post();
    models.responses.answer = () => Promise.reject(new BridgeError("OPERATION_TIMEOUT", "The model took too long."));
    const lines = [
      ["GET", `${path}/resp_abc`],
      ["DELETE", `${path}/resp_abc`],
      ["POST", `${path}/resp_abc/cancel`],
    ] as const;
    for (const [method, url] of lines) assert.equal((await models.call(url, { method })).status, 408, url);
    models.engines.remove(models.responses);
    for (const [method, url] of lines) assert.equal((await models.call(url, { method })).status, 404, url);
  });

  it("ends with an event that says so if its stream breaks between two events", async () => {
    models.responses.answer = passing(async (call) => {
      call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
      await call.onBytes(Buffer.from("event: a\ndata: {}\n\n"));
      throw new BridgeError("KIRO_UNAVAILABLE", "The vendor has gone.", { cause: "engine-cut" });
    });
    const { text } = await post({ stream: true });
    assert.match(
      text,
      /\n\nevent: error\ndata: \{"type":"error","code":"engine-cut","message":"The vendor has gone\."/,
    );
  });

  it("continues one that the bridge has kept, which the vendor does not know", async () => {
    models.chat.answer = saying("Hello.");
    const first = Object((await post({ model: "chat/gpt" })).json);
    models.responses.answer = saying("Again.");
    const { json } = await post({ input: "And?", previous_response_id: first.id });
    assert.equal(Object(json).output[0].content[0].text, "Again.");
    const roles = models.responses.steps[0]?.items.map(({ role }) => role);
    assert.deepEqual(roles, ["user", "assistant", "user"]);
  });
});
