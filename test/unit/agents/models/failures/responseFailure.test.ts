import assert from "node:assert/strict";
import { type AskedEngine, responseFailure } from "../../../../../src/agents/models/failures/responseFailure.ts";
import type { ModelFailureKind } from "../../../../../src/core/models/modelFailure.ts";

const HOUR_MS = 3_600_000;

const asked = (fields: Partial<AskedEngine> = {}): AskedEngine => ({
  id: "work",
  auth: { kind: "secret" },
  host: "models.example",
  hasDeployments: false,
  model: "m-1",
  redact: (text) => text.replaceAll("sk-secret", "(hidden)"),
  ...fields,
});

describe("The failure that a response of a vendor means", () => {
  const failureOf = (
    status: number,
    body: unknown,
    engine: Partial<AskedEngine> = {},
    headers: [string, string][] = [],
  ) => responseFailure({ status, headers: new Headers(headers), body }, asked(engine));
  const azure: Partial<AskedEngine> = { hasDeployments: true };

  const cases: readonly (readonly [string, number, unknown, ModelFailureKind, RegExp, Partial<AskedEngine>?])[] = [
    [
      "a wrong key of OpenAI",
      401,
      {
        error: {
          message: "Incorrect API key provided: sk-secret.",
          type: "invalid_request_error",
          code: "invalid_api_key",
        },
      },
      "unauthorized",
      /^The engine 'work' rejects the key \(401\)\. Set another one with 'Kiro Bridge: Set Key of a Model…'\. It says: “Incorrect API key provided: \(hidden\)\.”$/,
    ],
    [
      "a key that a command prints",
      401,
      "",
      "unauthorized",
      /command prints\.$/,
      { auth: { kind: "command", command: ["x"], refreshMinutes: 1 } },
    ],
    [
      "a key of the environment",
      401,
      "",
      "unauthorized",
      /variable A_KEY/,
      { auth: { kind: "environment", variable: "A_KEY" } },
    ],
    ["no key at all", 401, "", "unauthorized", /set 'auth'/, { auth: { kind: "none" } }],
    [
      "a wrong key of Google",
      400,
      [
        {
          error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" },
        },
      ],
      "unauthorized",
      /rejects the key/,
    ],
    [
      "a key without rights",
      403,
      { error: { message: "No access" } },
      "forbidden",
      /not allowed to do this \(403\)\. It says: “No access”/,
    ],
    [
      "no credit at OpenAI",
      429,
      { error: { message: "You exceeded your current quota", code: "insufficient_quota" } },
      "forbidden",
      /no credit left/,
    ],
    [
      "no credit at OpenRouter",
      402,
      { error: { message: "Insufficient credits", code: 402 } },
      "forbidden",
      /no credit left/,
    ],
    ["a proxy that wants a login", 407, "", "forbidden", /proxy on the way to models\.example/],
    [
      "no such deployment",
      404,
      { error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." } },
      "not-found",
      /no deployment 'm-1'\. The name of a deployment may differ/,
      azure,
    ],
    [
      "a wrong path at Azure",
      404,
      { error: { code: "404", message: "Resource not found" } },
      "not-found",
      /no such path at models\.example \(404\).*'apiVersion', and the deployment 'm-1'/,
      azure,
    ],
    [
      "no such model at OpenAI",
      404,
      { error: { message: "The model `m-1` does not exist", code: "model_not_found" } },
      "not-found",
      /has no model 'm-1'/,
    ],
    [
      "no such model at Anthropic",
      404,
      { type: "error", error: { type: "not_found_error", message: "model: m-1" } },
      "not-found",
      /has no model 'm-1'/,
    ],
    [
      "no such model at Ollama",
      404,
      { error: 'model "m-1" not found, try pulling it first' },
      "not-found",
      /has no model 'm-1'.*pulling it/,
    ],
    ["a wrong base URL", 404, "404 page not found", "not-found", /no such path.*Check its 'baseUrl'\.$/],
    [
      "a conversation that is too long for OpenAI",
      400,
      {
        error: {
          message: "This model's maximum context length is 8192 tokens.",
          code: "context_length_exceeded",
          param: "messages",
        },
      },
      "too-long",
      /too long/,
    ],
    [
      "a conversation that is too long for llama.cpp",
      400,
      { error: { message: "the request exceeds the available context size", type: "exceed_context_size_error" } },
      "too-long",
      /too long/,
    ],
    ["a request that is too large", 413, "", "too-long", /too long/],
    [
      "a signature that is not valid yet",
      403,
      { message: "Signature not yet current: 20261127T220000Z" },
      "clock",
      /clock of this machine/,
    ],
    [
      "a vendor with trouble",
      500,
      { error: { message: "The server had an error" } },
      "overloaded",
      /\(500\).*had an error/,
    ],
    ["a vendor without capacity", 529, "", "overloaded", /no capacity \(529\)/],
    ["a lock at the vendor", 409, "", "overloaded", /409/],
    [
      "a redirect",
      302,
      undefined,
      "protocol",
      /redirects elsewhere \(302\), which the bridge does not follow with the key/,
    ],
    [
      "what a server of Python rejects",
      422,
      { detail: "field required" },
      "invalid",
      /rejects the request \(422\)\. It says: “field required”/,
    ],
  ];
  for (const [what, status, body, kind, sentence, engine] of cases) {
    it(`is known for ${what}`, () => {
      const failure = failureOf(status, typeof body === "object" ? JSON.stringify(body) : body, engine);
      assert.equal(failure.kind, kind, failure.message);
      assert.match(failure.message, sentence);
      assert.equal(failure.options.status, status);
    });
  }

  it("names the parameter that the vendor rejects", () => {
    const openai = { error: { message: "Unsupported value", param: "temperature" } };
    assert.equal(failureOf(400, openai).options.parameter, "temperature");
    const anthropic = {
      error: { type: "invalid_request_error", message: "messages.0.content: Input should be a list" },
    };
    assert.equal(failureOf(400, anthropic).options.parameter, "messages.0.content");
    assert.equal(failureOf(400, { error: { message: "Sorry: no" } }).options.parameter, undefined);
  });

  it("blames the clock, not the key, if it differs much from that of the vendor", () => {
    const at = (skewMs: number): [string, string][] => [["date", new Date(Date.now() + skewMs).toUTCString()]];
    const skewed = failureOf(401, "", {}, at(-2 * HOUR_MS));
    assert.equal(skewed.kind, "clock");
    assert.match(skewed.message, /differs from that of models\.example by more than 5 minutes\. Set the clock\./);
    assert.equal(failureOf(401, "", {}, at(60_000)).kind, "unauthorized");
  });

  it("takes the time of a limit from all of its forms", () => {
    const after = (...header: [string, string]) => failureOf(429, "", {}, [header]).options.retryAfterMs;
    assert.equal(after("retry-after", "3"), 3000);
    assert.equal(after("retry-after-ms", "250"), 250);
    assert.equal(after("retry-after", "soon"), undefined);
    assert.equal(after("retry-after", "-1"), undefined);
    // By the vendor's clock, which is an hour behind.
    const now = Date.now() - HOUR_MS;
    const headers: [string, string][] = [
      ["date", new Date(now).toUTCString()],
      ["retry-after", new Date(now + 30_000).toUTCString()],
    ];
    const waitMs = failureOf(429, "", {}, headers).options.retryAfterMs;
    assert.ok(waitMs !== undefined && waitMs > 20_000 && waitMs <= 31_000, String(waitMs));
  });

  it("quotes the vendor in one line of printable characters, shortened, without the key", () => {
    const message = `bad\u001b[31m\n\t key sk-secret\u202e ${"x".repeat(5000)}`;
    const said = failureOf(400, { error: { message } }).message;
    assert.match(said, /It says: “bad \[31m key \(hidden\) x+…”$/);
    assert.ok(said.length < 700);
  });

  it("knows a web page by its type, and by its beginning", () => {
    const page = "<!DOCTYPE html><title>Sign in</title>";
    assert.match(failureOf(200, "Sign in", {}, [["content-type", "text/html"]]).message, /web page \(200\)/);
    assert.deepEqual([failureOf(404, page).kind, failureOf(503, page).kind], ["protocol", "overloaded"]);
  });
});
