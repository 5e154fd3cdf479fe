import assert from "node:assert/strict";
import { fakeSay } from "../../../../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../../../../support/gateways/startGatewayBridge.ts";

const bodyOf = (input: string) => ({ model: "kiro", input });

describe("POST /v1/responses", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  const call = (method: string, path: string) => gateway.bridge.callAs(gateway.client, path, { method });
  const post = (body: object, path = "/v1/responses") => gateway.bridge.callAs(gateway.client, path, { body });

  for (const path of ["/v1/responses", "/openai/v1/responses"]) {
    it(`answers with and without a stream at ${path}`, async () => {
      const whole = await post(bodyOf(`Hi ${fakeSay("Hello.")}`), path);
      assert.equal(whole.status, 200, whole.text);
      assert.match(whole.text, /"text":"Hello\."/);
      const stream = await post({ ...bodyOf(`Hi ${fakeSay("Hello.")}`), stream: true }, path);
      assert.match(String(stream.headers["content-type"]), /^text\/event-stream/);
      assert.match(stream.text, /^event: response\.created\n[\s\S]*\n\nevent: response\.completed\ndata: [^\n]*\n\n$/);
    });
  }

  it("refuses another request with a key that was used", async () => {
    const headers = { "Idempotency-Key": "one" };
    const keyed = (content: string) =>
      gateway.bridge.callAs(gateway.client, "/v1/responses", { body: bodyOf(content), headers });
    assert.equal((await keyed(fakeSay("Hello."))).status, 200);
    const { status, json } = await keyed("Something else");
    assert.deepEqual([status, Reflect.get(Object(json["error"]), "type")], [409, "invalid_request_error"]);
  });

  it("keeps its response, until it is deleted", async () => {
    const { json } = await post(bodyOf(`Hi ${fakeSay("Hello.")}`));
    const path = `/v1/responses/${String(json["id"])}`;
    const kept = await call("GET", path);
    assert.deepEqual([kept.status, kept.json], [200, json]);
    const deleted = await call("DELETE", path);
    assert.deepEqual([deleted.status, deleted.json], [200, { id: json["id"], object: "response", deleted: true }]);
    for (const method of ["GET", "DELETE"]) {
      const gone = await call(method, path);
      assert.equal(gone.status, 404, gone.text);
      assert.match(gone.text, /"code":"response_not_found"/);
    }
  });

  it("streams no kept response", async () => {
    const { json } = await post(bodyOf(`Hi ${fakeSay("Hello.")}`));
    const answer = await call("GET", `/v1/responses/${String(json["id"])}?stream=true`);
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, /"param":"stream"/);
  });

  it("cancels no response", async () => {
    const answer = await post({}, "/v1/responses/resp_1/cancel");
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, /Close the connection/);
  });

  const unusable = { $ref: "http://127.0.0.1/" };
  const refused: readonly (readonly [what: string, body: object, status: number, param: string])[] = [
    ["a field that it refuses", { ...bodyOf("Hi"), background: true }, 400, "background"],
    ["a conversation without a text", bodyOf(" "), 400, "input"],
    ["a model that nobody has", { ...bodyOf("Hi"), model: "gpt-0" }, 404, "model"],
    [
      "an unknown response to go on with",
      { ...bodyOf("Hi"), previous_response_id: "resp_1" },
      404,
      "previous_response_id",
    ],
    [
      "a schema that cannot be used",
      { ...bodyOf("Hi"), text: { format: { type: "json_schema", name: "a", schema: unusable } } },
      400,
      "text.format.schema",
    ],
    [
      "a function whose parameters cannot be used",
      { ...bodyOf("Hi"), tools: [{ type: "function", name: "f", parameters: unusable }], tool_choice: "required" },
      400,
      "tools",
    ],
  ];
  for (const [what, body, status, param] of refused) {
    it(`refuses ${what}`, async () => {
      const answer = await post(body);
      assert.equal(answer.status, status, answer.text);
      const { error } = answer.json;
      assert.deepEqual(
        [Reflect.get(Object(error), "type"), Reflect.get(Object(error), "param")],
        ["invalid_request_error", param],
      );
    });
  }

  it("fails with a status that may be repeated while nobody is logged in", async () => {
    const loggedOut = await startGatewayBridge({ env: { FAKE_KIRO_LOGGED_OUT: "1" } });
    try {
      const answer = await loggedOut.bridge.callAs(loggedOut.client, "/v1/responses", { body: bodyOf("Hi") });
      assert.equal(answer.status, 503, answer.text);
      assert.equal(answer.headers["x-should-retry"], undefined);
    } finally {
      await loggedOut.dispose();
    }
  });
});
