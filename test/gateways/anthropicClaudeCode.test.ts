import assert from "node:assert/strict";
import { fake, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

const betas = [
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "context-management-2025-06-27",
  "prompt-caching-scope-2026-01-05",
  "effort-2025-11-24",
  "advanced-tool-use-2025-11-20",
  "fine-grained-tool-streaming-2025-05-14",
  "context-1m-2025-08-07",
];
const cached = { cache_control: { type: "ephemeral" } };
const text = (value: string): object => ({ type: "text", text: value });

interface StreamEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Returns a body as Claude Code sends it, whose first line of the system prompt is another one in each request. */
function claudeBody(messages: readonly object[], hash: string): object {
  return {
    model: "kiro",
    messages,
    system: [
      text(`x-anthropic-billing-header: cc_version=2.1.332.4b1; cc_entrypoint=sdk-cli; cch=${hash};`),
      { ...text("You are Claude Code, Anthropic's official CLI."), ...cached },
      { ...text("Use the tools."), ...cached },
    ],
    tools: [
      { name: "Bash", description: "Runs a command.", input_schema: { type: "object" } },
      { name: "LSP", description: "Asks a server.", input_schema: { type: "object" }, defer_loading: true },
    ],
    metadata: { user_id: JSON.stringify({ device_id: "d", account_uuid: "", session_id: "s-1" }) },
    max_tokens: 32_000,
    thinking: { type: "adaptive" },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    output_config: { effort: "medium" },
    stream: true,
  };
}

const question = (prompt: string): readonly object[] => [
  {
    role: "user",
    content: [text("<system-reminder>Today is Friday.</system-reminder>"), { ...text(prompt), ...cached }],
  },
  { role: "system", content: "The user has opened a.ts." },
];

describe("A request of Claude Code", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  const post = (body: object): Promise<Response> =>
    fetch(`${gateway.origin}/v1/messages?beta=true`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.client.token}`,
        "x-api-key": "of-another-account",
        "content-type": "application/json",
        accept: "application/json",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": betas.join(),
        "x-claude-code-session-id": "s-1",
        "user-agent": "claude-cli/2.1.332 (external, sdk-cli)",
      },
      body: JSON.stringify(body),
    });

  it("gets a stream in the order of the API, and the names of what had no effect", async () => {
    const response = await post(claudeBody(question(`Hi ${fakeSay("Hello.")}`), "71fea"));
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/u);
    assert.equal(response.headers.get("x-accel-buffering"), "no");
    assert.equal(response.headers.get("request-id"), gateway.startedPrompts().at(-1));
    const ignored = (response.headers.get("x-kiro-bridge-ignored") ?? "").split(", ");
    const names = ["betas", "context_management", "max_tokens", "metadata.user_id", "output_config.effort"];
    assert.deepEqual(
      names.filter((name) => !ignored.includes(name)),
      [],
    );
    assert.ok(!ignored.some((name) => name.includes("defer_loading") || name === "thinking"));
    const events = eventsIn(await response.text());
    const types = events.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 2), ["message_start", "content_block_start"]);
    assert.deepEqual(types.slice(-3), ["content_block_stop", "message_delta", "message_stop"]);
    const started = events.find(({ type }) => type === "message_start");
    assert.ok(started !== undefined && "usage" in Object(started["message"]));
    assert.ok(events.every((event) => event.type !== "message_delta" || "usage" in event));
  });

  it("goes on in its session with the history that it sends back", async () => {
    const before = gateway.agentTurns().length;
    const first = question(`First ${fakeSay("One.")}`);
    const events = eventsIn(await (await post(claudeBody(first, "36ee5"))).text());
    const signature = signatureIn(events);
    const answer = {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "", signature },
        { ...text("One."), ...cached },
      ],
    };
    const second = [...first, answer, { role: "user", content: [text(`Second ${fakeSay("Two.")}`)] }];
    const next = await (await post(claudeBody(second, "0aaa9"))).text();
    assert.match(next, /"text":"Two\."/u);
    const prompted = gateway.agentTurns().slice(before);
    assert.equal(prompted.length, 2);
    assert.equal(prompted[0]?.sessionId, prompted[1]?.sessionId);
    assert.match(prompted[0]?.prompt ?? "", /You are Claude Code.*Today is Friday.*First.*The user has opened a\.ts/su);
    assert.equal(prompted[1]?.prompt, `Second ${fakeSay("Two.")}`);
  });

  it("runs nothing again when it repeats a broken stream without one, with another first line", async () => {
    const before = gateway.startedPrompts().length;
    const prompt = question(`Break ${fake("crash")}`);
    const broken = eventsIn(await (await post(claudeBody(prompt, "11111"))).text());
    assert.deepEqual(Object(broken.at(-1)?.["error"])["type"], "api_error");
    const again = await post({ ...claudeBody(prompt, "22222"), stream: false });
    assert.equal(again.status, 500);
    assert.equal(again.headers.get("x-should-retry"), "false");
    assert.equal(gateway.startedPrompts().length - before, 1);
  });

  it("may ask first whether there is anybody", async () => {
    const response = await fetch(`${gateway.origin}/api/hello`, { method: "HEAD" });
    assert.ok(response.status >= 400);
    assert.equal(await response.text(), "");
  });
});

function eventsIn(stream: string): readonly StreamEvent[] {
  return [...stream.matchAll(/^event: (\w+)\ndata: (.+)$/gmu)].map(([, name, data = ""]) => {
    const event: StreamEvent = JSON.parse(data);
    assert.equal(event.type, name);
    return event;
  });
}

function signatureIn(events: readonly StreamEvent[]): unknown {
  const deltas = events.map(({ delta }) => Object(delta));
  return deltas.find(({ type }) => type === "signature_delta")?.["signature"] ?? assert.fail("no signature");
}
