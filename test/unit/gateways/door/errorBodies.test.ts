import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import {
  anthropicError,
  openAiError,
  openAiStreamError,
  vendorError,
} from "../../../../src/gateways/door/errorBodies.ts";
import { BridgeError, errorCodes } from "../../../../src/protocol/errors.ts";
import { unavailable } from "../../../../src/protocol/unavailable.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";

const authorized = { Authorization: `Bearer ${TEST_TOKEN}` };
const anthropic = { "anthropic-version": "2023-06-01" };

/** The ways to each error that comes before an operation, on a path of each API. */
const ways: readonly {
  readonly name: string;
  readonly bridge?: TestBridgeOptions;
  readonly call: Call;
  readonly status: number;
  readonly atAnthropic?: number;
  readonly openAi: readonly [type: string, code: string | null];
  readonly anthropic: string;
}[] = [
  {
    name: "a wrong token",
    call: { headers: { Authorization: "Bearer wrong" } },
    status: 401,
    openAi: ["invalid_request_error", "invalid_api_key"],
    anthropic: "authentication_error",
  },
  {
    name: "a foreign Host",
    call: { headers: { ...authorized, Host: "evil.example" } },
    status: 403,
    openAi: ["permission_error", "permission_denied"],
    anthropic: "permission_error",
  },
  {
    name: "a path that is not there",
    call: { headers: authorized, method: "DELETE" },
    status: 404,
    openAi: ["invalid_request_error", "not_found"],
    anthropic: "not_found_error",
  },
  {
    name: "a large body",
    bridge: { limits: { maxBodyBytes: 10 } },
    call: { headers: authorized, body: { model: "kiro", messages: [] } },
    status: 413,
    openAi: ["invalid_request_error", "request_too_large"],
    anthropic: "request_too_large",
  },
  {
    name: "another type of body",
    call: { headers: { ...authorized, "Content-Type": "text/plain" }, body: "hello" },
    status: 415,
    openAi: ["invalid_request_error", "unsupported_media_type"],
    anthropic: "invalid_request_error",
  },
  {
    name: "invalid JSON",
    call: { headers: { ...authorized, "Content-Type": "application/json" }, body: "{" },
    status: 400,
    openAi: ["invalid_request_error", null],
    anthropic: "invalid_request_error",
  },
  {
    name: "a window that has lost the address",
    bridge: { ownership: { isServing: false, confirm: () => Promise.resolve(false) } },
    call: { headers: authorized, body: {} },
    status: 503,
    atAnthropic: 529,
    openAi: ["overloaded_error", "bridge-stopping"],
    anthropic: "overloaded_error",
  },
];

function assertOpenAi({ status, json }: Answer, wanted: readonly [type: string, code: string | null]): void {
  const { error, ...rest } = json;
  const { message, type, param, code, ...more } = Object(error);
  assert.deepEqual({ rest, more }, { rest: {}, more: {} });
  assert.ok(String(message).length > 10 && param === null, `${status} ${message}`);
  assert.deepEqual([type, code], wanted);
}

function assertAnthropic({ json, headers }: Answer, wanted: string): void {
  const { type, error, request_id: requestId, ...rest } = json;
  assert.deepEqual(rest, {});
  assert.equal(type, "error");
  assert.deepEqual(Object.keys(Object(error)), ["type", "message"]);
  assert.equal(Object(error).type, wanted);
  assert.ok(requestId === headers["request-id"] && requestId === headers["x-request-id"]);
}

describe("An error on a path of a gateway", () => {
  for (const { name, bridge: options, call, status, atAnthropic = status, ...wanted } of ways) {
    it(`has the form of its API: ${name}`, async () => {
      const bridge = await startTestBridge(options);
      try {
        for (const path of ["/v1/chat/completions", "/openai/deployments/kiro/chat/completions"]) {
          const answer = await callPort(bridge.port, path, call);
          assert.equal(answer.status, status, path);
          assertOpenAi(answer, wanted.openAi);
        }
        const answer = await callPort(bridge.port, "/v1/messages", call);
        assert.equal(answer.status, atAnthropic);
        assertAnthropic(answer, wanted.anthropic);
        const ofRpc = await callPort(bridge.port, "/mcp", {
          ...call,
          ...(call.method === "DELETE" && { method: "PUT" }),
        });
        assert.equal(ofRpc.status, status);
        assert.deepEqual([ofRpc.json["jsonrpc"], ofRpc.json["id"]], ["2.0", null]);
        assert.equal(typeof Object(ofRpc.json["error"]).code, "number");
      } finally {
        await bridge.dispose();
      }
    });
  }

  it("tells clients over their limit when to try again", async () => {
    const bridge = await startTestBridge({ limits: { maxRequestsPerMinute: 1 } });
    try {
      await bridge.call("/v1/models");
      const openAi = await bridge.call("/v1/models");
      assertOpenAi(openAi, ["rate_limit_error", "rate_limit_exceeded"]);
      const other = await bridge.call("/v1/models", { headers: anthropic });
      assertAnthropic(other, "rate_limit_error");
      for (const { status, headers } of [openAi, other]) {
        assert.equal(status, 429);
        assert.match(headers["retry-after"] ?? "", /^\d+$/);
        assert.equal(headers["x-should-retry"], undefined);
      }
    } finally {
      await bridge.dispose();
    }
  });

  it("has clients repeat nothing for which they would wait for more than two minutes", () => {
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      const request = Object.assign(new IncomingMessage(new Socket()), { url: path });
      const headersAfter = (seconds: number) => {
        const error = Object.assign(new BridgeError("RATE_LIMIT_EXCEEDED"), { retryAfterSeconds: seconds });
        return vendorError(request, error, "request-1")?.headers["x-should-retry"];
      };
      assert.deepEqual([headersAfter(1), headersAfter(120), headersAfter(121)], [undefined, undefined, "false"], path);
    }
  });

  describe("by the header of its version", () => {
    const principals = new FakePrincipals();
    let bridge: TestBridge;

    before(async () => {
      bridge = await startTestBridge({ principals });
    });
    after(() => bridge.dispose());

    it("has Anthropic's form where both vendors have the path", async () => {
      assertAnthropic(await bridge.call("/v1/models/none", { headers: anthropic }), "not_found_error");
      const { json } = await bridge.call("/v1/models/none");
      assert.equal(Object(json["error"]).code, "model_not_found");
    });

    it("names the scope that is missing", async () => {
      const viewer = principals.add("viewer", { role: "viewer" });
      const answer = await bridge.callAs(viewer, "/v1/models");
      assertOpenAi(answer, ["permission_error", "permission_denied"]);
      assert.match(answer.text, /agents:prompt/);
    });

    it("is our own on every other path", async () => {
      for (const path of ["/v1", "/v2/models", "/api/hello", "/openai"])
        assert.equal((await bridge.call(path, { headers: anthropic })).json["code"], "NOT_FOUND", path);
    });
  });
});

describe("An error of a turn", () => {
  const crashed = new BridgeError("KIRO_UNAVAILABLE", "The process of Kiro CLI has ended.");

  it("is not repeated by clients once an agent may have worked", () => {
    assert.deepEqual(openAiError(crashed, true), {
      message: crashed.message,
      type: "api_error",
      param: null,
      code: "turn_failed",
    });
    const { type, code, message } = openAiStreamError(crashed, true);
    assert.deepEqual([type, code, message], ["invalid_request_error", "invalid_prompt", crashed.message]);
    assert.equal(anthropicError(crashed, true).type, "api_error");
  });

  it("may be repeated while nothing has run, also within a stream", () => {
    const signedOut = unavailable("cli-signed-out", "Kiro CLI is not signed in.");
    for (const error of [openAiError(signedOut), openAiStreamError(signedOut)])
      assert.deepEqual([error.type, error.code], ["overloaded_error", "cli-signed-out"]);
    assert.equal(anthropicError(signedOut).type, "overloaded_error");
  });

  it("names the field, and the code that the vendor has for it", () => {
    const error = new BridgeError("NOT_FOUND", "There is no such model.", {
      field: "model",
      vendorCode: "model_not_found",
    });
    const { param, code } = openAiError(error);
    assert.deepEqual([param, code], ["model", "model_not_found"]);
    const ofElement = new BridgeError("VALIDATION_FAILED", "wrong", { field: "messages.0.content.12.type" });
    assert.equal(openAiError(ofElement).param, "messages[0].content[12].type");
    const ofHeader = new BridgeError("VALIDATION_FAILED", "wrong", { field: "Idempotency-Key" });
    assert.equal(openAiError(ofHeader).param, null);
  });

  it("has a type in both APIs, whatever it is, and no detail of ours but its message", () => {
    for (const errorCode of errorCodes) {
      const error = new BridgeError(errorCode, "a message", { secret: "of ours" });
      assert.deepEqual(Object.keys(openAiError(error)), ["message", "type", "param", "code"]);
      assert.deepEqual(Object.keys(anthropicError(error)), ["type", "message"]);
    }
  });
});
