import assert from "node:assert/strict";
import { fake, fakeSay } from "../../../../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../../../../support/gateways/startGatewayBridge.ts";

const paths = ["/v1/chat/completions", "/openai/deployments/kiro/chat/completions?api-version=2026-01-01"];
const bodyOf = (content: string) => ({ model: "kiro", messages: [{ role: "user", content }] });

describe("POST /v1/chat/completions", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  const post = (body: object, path = "/v1/chat/completions") => gateway.bridge.callAs(gateway.client, path, { body });

  for (const path of paths) {
    it(`refuses another request with a key that was used, at ${path}`, async () => {
      const headers = { "Idempotency-Key": `one ${path}` };
      const keyed = (content: string) =>
        gateway.bridge.callAs(gateway.client, path, { body: bodyOf(content), headers });
      assert.equal((await keyed(fakeSay("Hello."))).status, 200);
      const { status, json } = await keyed("Something else");
      assert.deepEqual([status, Reflect.get(Object(json["error"]), "type")], [409, "invalid_request_error"]);
    });

    it(`answers with and without a stream at ${path}`, async () => {
      const whole = await post(bodyOf(`Hi ${fakeSay("Hello.")}`), path);
      assert.equal(whole.status, 200, whole.text);
      assert.match(whole.text, /"content":"Hello\."/);
      const stream = await post({ ...bodyOf(`Hi ${fakeSay("Hello.")}`), stream: true }, path);
      assert.match(String(stream.headers["content-type"]), /^text\/event-stream/);
      assert.match(stream.text, /"content":"Hello\."[\s\S]*"finish_reason":"stop"[^\n]*\n\ndata: \[DONE\]\n\n$/);
    });
  }

  const refused: readonly (readonly [what: string, body: object, status: number, param: string | null])[] = [
    ["a field that it refuses", { ...bodyOf("Hi"), n: 2 }, 400, "n"],
    ["a message with an unknown role", { ...bodyOf("Hi"), messages: [{ role: "x" }] }, 400, "messages[0].role"],
    ["a conversation without a text", bodyOf(" "), 400, "messages"],
    ["a model that nobody has", { ...bodyOf("Hi"), model: "gpt-0" }, 404, "model"],
    [
      "a schema that cannot be used",
      {
        ...bodyOf("Hi"),
        response_format: { type: "json_schema", json_schema: { name: "a", schema: { $ref: "http://127.0.0.1/" } } },
      },
      400,
      "response_format.json_schema.schema",
    ],
    [
      "a function whose parameters cannot be used",
      {
        ...bodyOf("Hi"),
        tools: [{ type: "function", function: { name: "f", parameters: { $ref: "http://127.0.0.1/" } } }],
        tool_choice: "required",
      },
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

  it("shows what the agent does as reasoning", async () => {
    const answer = await post(bodyOf(`Look ${fake("tool-trusted")}`));
    assert.match(answer.text, /"reasoning_content":"shell/);
  });

  it("fails with a status that may be repeated while nobody is logged in", async () => {
    const loggedOut = await startGatewayBridge({ env: { FAKE_KIRO_LOGGED_OUT: "1" } });
    try {
      for (const path of paths) {
        const answer = await loggedOut.bridge.callAs(loggedOut.client, path, { body: bodyOf("Hi") });
        assert.equal(answer.status, 503, answer.text);
        assert.equal(answer.headers["x-should-retry"], undefined);
        assert.match(answer.text, /"type":"overloaded_error"/);
      }
    } finally {
      await loggedOut.dispose();
    }
  });
});
