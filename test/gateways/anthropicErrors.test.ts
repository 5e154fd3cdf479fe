import assert from "node:assert/strict";
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { fake } from "../fixtures/simulator/directive.ts";
import { anthropicClient } from "../support/gateways/anthropicClient.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";
import { StrangeServers } from "../support/programs/strangeServers.ts";
import { until } from "../support/until.ts";

type Params = Anthropic.MessageCreateParamsNonStreaming;

const ask = (prompt: string, members: Partial<Params> = {}): Params => ({
  model: "kiro",
  max_tokens: 1000,
  messages: [{ role: "user", content: prompt }],
  ...members,
});

/** Returns the error of a request, as the SDK reads it. */
async function errorOf(
  request: Promise<unknown>,
  type: new (...args: never[]) => object = APIError,
): Promise<APIError> {
  const error: unknown = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof APIError && error instanceof type) return error;
  return assert.fail(`not a ${type.name}: ${String(error)}`);
}

describe("The SDK of Anthropic, when something goes wrong", () => {
  let gateway: GatewayBridge;
  let anthropic: Anthropic;
  /** Number of requests that the SDK has sent, repeated ones included. */
  let sent = 0;
  const clientOf = (apiKey: string, maxRetries = 0) =>
    anthropicClient(gateway, {
      apiKey,
      maxRetries,
      fetch: (...request) => {
        sent++;
        return fetch(...request);
      },
    });

  before(async () => {
    gateway = await startGatewayBridge();
    anthropic = clientOf(gateway.client.token, 2);
  });
  after(() => gateway.dispose());
  const strangers = new StrangeServers();
  afterEach(() => strangers.close());

  beforeEach(() => (sent = 0));

  /** Returns the number of executions that `work` has started. */
  async function executionsOf(work: () => Promise<unknown>): Promise<number> {
    const before = gateway.startedPrompts().length;
    await work();
    return gateway.startedPrompts().length - before;
  }

  it("is refused by name what agents cannot do, once and before anything runs", async () => {
    let fetched = 0;
    const address = await strangers.listen((_request, response) => {
      fetched++;
      response.end();
    });
    const url = { type: "url", url: `${address}/a.png` } as const;
    const content: Anthropic.ContentBlockParam[] = [{ type: "image", source: url }];
    const server = { type: "url", name: "x", url: address } as const;
    const started = await executionsOf(async () => {
      const image = await errorOf(
        anthropic.messages.create(ask("", { messages: [{ role: "user", content }] })),
        Anthropic.BadRequestError,
      );
      assert.equal(image.type, "invalid_request_error");
      assert.match(image.message, /messages\[0\]\.content\[0\]\.source\.type: The bridge fetches nothing/u);
      const mcp = await errorOf(
        anthropic.beta.messages.create({ ...ask("Hi"), mcp_servers: [server] }),
        Anthropic.BadRequestError,
      );
      assert.match(mcp.message, /mcp_servers/u);
      assert.ok(mcp.requestID);
    });
    assert.equal(started, 0);
    assert.equal(sent, 2);
    assert.equal(fetched, 0);
  });

  it("is told the field of a schema that cannot be used", async () => {
    const schema = { type: "object", properties: { a: { $ref: "http://127.0.0.1:1/a.json" } } } as const;
    const format = { type: "json_schema", schema } as const;
    const answer = await errorOf(anthropic.messages.create(ask("Hi", { output_config: { format } })));
    assert.equal(answer.status, 400);
    assert.match(answer.message, /"output_config\.format\.schema: .*are not fetched/u);
    const forced = ask("Hi", { tools: [{ name: "a", input_schema: schema }], tool_choice: { type: "any" } });
    assert.match((await errorOf(anthropic.messages.create(forced))).message, /"tools: .*are not fetched/u);
  });

  it("is refused images by an agent that takes none", async () => {
    const blind = await startGatewayBridge({ env: { FAKE_KIRO_SCENARIO: "no-images" } });
    try {
      const source = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } as const;
      const content: Anthropic.ContentBlockParam[] = [{ type: "image", source }];
      const request = ask("", { messages: [{ role: "user", content }] });
      const error = await errorOf(anthropicClient(blind).messages.create(request), Anthropic.BadRequestError);
      assert.match(error.message, /"messages: .*send it without images/u);
      assert.deepEqual(blind.agentTurns(), []);
    } finally {
      await blind.dispose();
    }
  });

  it("gets the class of each error", async () => {
    const model = await errorOf(anthropic.messages.create(ask("Hi", { model: "kiro-x" })), Anthropic.NotFoundError);
    assert.equal(model.type, "not_found_error");
    assert.match(model.message, /Use kiro/u);
    const token = await errorOf(clientOf("wrong").messages.create(ask("Hi")), Anthropic.AuthenticationError);
    assert.equal(token.type, "authentication_error");
    const reader = gateway.addClient("reader", { scopes: ["history:read"] });
    const scope = await errorOf(clientOf(reader.token).messages.create(ask("Hi")), Anthropic.PermissionDeniedError);
    assert.equal(scope.type, "permission_error");
    const batches = await errorOf(anthropic.messages.batches.list().then(), Anthropic.NotFoundError);
    assert.equal(batches.type, "not_found_error");
    const large = await errorOf(anthropic.messages.create(ask("x".repeat(11_000_000))), APIError);
    assert.equal(large.status, 413);
    assert.equal(large.type, "request_too_large");
  });

  it("is told that nothing ran while the agent is not available, and may repeat", async () => {
    const offline = await startGatewayBridge({ env: { FAKE_KIRO_LOGGED_OUT: "1" } });
    try {
      const client = anthropicClient(offline);
      const error = await errorOf(client.messages.create(ask("Hi")), APIError);
      assert.equal(error.status, 529);
      assert.equal(error.type, "overloaded_error");
      assert.equal(error.headers?.get("x-should-retry"), null);
      const streamed = await errorOf(client.messages.stream(ask("Hi")).finalMessage(), APIError);
      assert.equal(streamed.status, 529);
    } finally {
      await offline.dispose();
    }
  });

  it("does not repeat a turn that has failed after it began", async () => {
    const prompt = `Crash ${fake("crash")}`;
    const started = await executionsOf(async () => {
      const error = await errorOf(anthropic.messages.create(ask(prompt)), Anthropic.InternalServerError);
      assert.equal(error.status, 500);
      assert.equal(error.type, "api_error");
      assert.equal(error.headers?.get("x-should-retry"), "false");
    });
    assert.equal(started, 1);
    assert.equal(sent, 1);
  });

  it("gets the outcome of a stream that broke, and runs nothing again, when it repeats without a stream", async () => {
    const prompt = `Break ${fake("crash")}`;
    const started = await executionsOf(async () => {
      const stream = anthropic.messages.stream(ask(prompt));
      const events: string[] = [];
      stream.on("streamEvent", ({ type }) => void events.push(type));
      const late = await errorOf(stream.finalMessage(), APIError);
      assert.equal(events[0], "message_start");
      assert.ok(!events.includes("message_stop"));
      assert.equal(late.type, "api_error");
      const again = await errorOf(anthropic.messages.create(ask(prompt, { stream: false })), APIError);
      assert.equal(again.status, 500);
      assert.equal(again.headers?.get("x-should-retry"), "false");
    });
    assert.equal(started, 1);
  });

  it("runs a request once for each Idempotency-Key", async () => {
    const headers = { "Idempotency-Key": "key-1" };
    const started = await executionsOf(async () => {
      const first = await anthropic.messages.create(ask("Once"), { headers });
      const second = await anthropic.messages.create(ask("Once"), { headers });
      assert.deepEqual(second, first);
      const other = await errorOf(anthropic.messages.create(ask("Twice"), { headers }), Anthropic.ConflictError);
      assert.equal(other.headers?.get("x-should-retry"), "false");
    });
    assert.equal(started, 1);
  });

  it("cancels the execution when it aborts a stream", async () => {
    const stream = anthropic.messages.stream(ask(`Hang ${fake("hang")}`));
    const gone = errorOf(stream.finalMessage(), Anthropic.APIUserAbortError);
    const text = new Promise((resolve) => void stream.once("text", resolve));
    await text;
    const id = gateway.startedPrompts().at(-1) ?? "";
    stream.abort();
    await gone;
    await until(() => gateway.bridge.core.executions.get(id)?.status === "cancelled", "the end of the execution");
  });

  it("cancels the execution when it aborts a request without a stream", async () => {
    const abort = new AbortController();
    const before = gateway.startedPrompts().length;
    const gone = errorOf(
      anthropic.messages.create(ask(`Hang too ${fake("hang")}`), { signal: abort.signal }),
      Anthropic.APIUserAbortError,
    );
    await until(() => gateway.startedPrompts().length > before, "the execution");
    const id = gateway.startedPrompts().at(-1) ?? "";
    abort.abort();
    await gone;
    await until(() => gateway.bridge.core.executions.get(id)?.status === "cancelled", "the end of the execution");
  });

  it("runs once for a storm of equal requests", async () => {
    const request = ask(`Storm ${fake("hang")}`);
    const started = await executionsOf(async () => {
      const streams = Array.from({ length: 30 }, () => anthropic.messages.stream(request));
      const gone = streams.map((stream) => errorOf(stream.finalMessage(), Anthropic.APIUserAbortError));
      const texts = streams.map((stream) => new Promise((resolve) => void stream.once("text", resolve)));
      await Promise.all(texts);
      for (const stream of streams) stream.abort();
      await Promise.all(gone);
    });
    assert.equal(started, 1);
  });
});
