import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { fake, fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import type { FakePrincipal } from "../support/fakePrincipals.ts";
import { SocketClient } from "../support/socketClient.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

const item = z.looseObject({ type: z.string(), id: z.string() });
const eventSchema = z.looseObject({
  type: z.string(),
  sequence_number: z.int(),
  item: item.optional(),
  response: z
    .looseObject({ status: z.string(), output: z.array(item), error: z.looseObject({ code: z.string() }).nullable() })
    .optional(),
});

type Body = Readonly<Record<string, unknown>> & { readonly input: readonly object[] };

/** The first request of `codex exec` 0.171.0, with shorter texts. */
function codexRequest(prompt: string): Body {
  const path = join(import.meta.dirname, "../fixtures/gateways/codexFirstRequest.json");
  const recorded = z.looseObject({ input: z.array(z.looseObject({})) }).parse(JSON.parse(readFileSync(path, "utf8")));
  const content = [{ type: "input_text", text: prompt }];
  return { ...recorded, input: [...recorded.input.slice(0, -1), { ...recorded.input.at(-1), content }] };
}

const said = (content: string) => ({ role: "user", content });

describe("A request for a response, on the wire", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  async function post(body: object, { token }: FakePrincipal = gateway.client): Promise<Response> {
    return await fetch(`${gateway.openaiUrl}/responses`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify(body),
    });
  }

  /** Posts a request, and returns the events of its stream. */
  async function streamed(body: object) {
    const answer = await post(body);
    const text = await answer.text();
    assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8", text);
    const events = [...text.matchAll(/^event: (.+)\ndata: (.+)$/gmu)].map(([, name, data = ""]) => {
      const event = eventSchema.parse(JSON.parse(data));
      assert.equal(event.type, name);
      return event;
    });
    return { answer, events };
  }

  /** Returns the items of a response, as codex reads them. */
  const itemsIn = (events: readonly z.infer<typeof eventSchema>[]) =>
    events.flatMap((event) => (event.type === "response.output_item.done" && event.item ? [event.item] : []));

  /** The prompts that reached the agent with these words. */
  const turnsOf = (words: string) => gateway.agentTurns().filter(({ prompt }) => prompt.includes(words));

  it("is answered as codex needs it: its tools of a namespace run, in one prompt, and the next one has the same session", async () => {
    const call = { tool: "multi_agent_v1__send_input", args: { target: "a", message: "b" } };
    const first = codexRequest(`Codex ${fakeCalls([[call]], { text: "Sent." })}`);
    const { answer, events } = await streamed(first);
    assert.equal(events.at(-1)?.type, "response.completed");
    const ignored = answer.headers.get("x-kiro-bridge-ignored")?.split(", ");
    assert.deepEqual(ignored?.toSorted(), [
      "client_metadata",
      "parallel_tool_calls",
      "prompt_cache_key",
      "tools[8].type",
    ]);
    const items = itemsIn(events);
    const key = items.find(({ type }) => type === "reasoning");
    assert.match(String(key?.["encrypted_content"]), /^[0-9a-f]{8}\./);
    const made = items.find(({ type }) => type === "function_call");
    assert.deepEqual([made?.["namespace"], made?.["name"]], ["multi_agent_v1", "send_input"]);
    assert.deepEqual(JSON.parse(String(made?.["arguments"])), call.args);

    const output = { type: "function_call_output", call_id: made?.["call_id"], output: "Received." };
    const second = { ...first, input: [...first.input, ...items, output] };
    const after = await streamed(second);
    const message = itemsIn(after.events).findLast(({ type }) => type === "message");
    assert.match(JSON.stringify(message?.["content"]), /Sent\./);
    assert.equal(turnsOf("Codex").length, 1);

    const next = `Onwards ${fakeSay("Done.")}`;
    await streamed({ ...second, input: [...second.input, ...itemsIn(after.events), said(next)] });
    const [begun, gone] = [turnsOf("Codex")[0], turnsOf("Onwards")[0]];
    assert.deepEqual([gone?.sessionId, gone?.prompt], [begun?.sessionId, next]);
  });

  it("fails in its stream in a way that ends it, and has the same outcome when codex repeats it in another order", async () => {
    const body = codexRequest(`Storm ${fake("crash", { words: 20 })}`);
    const reordered = Object.fromEntries(Object.entries(body).toReversed());
    for (const repeated of [body, reordered]) {
      const { events } = await streamed(repeated);
      const last = events.at(-1);
      assert.deepEqual(
        [last?.type, last?.response?.status, last?.response?.error?.code],
        ["response.failed", "failed", "invalid_prompt"],
      );
    }
    const whole = await post({ ...body, stream: false });
    assert.deepEqual([whole.status, whole.headers.get("x-should-retry")], [500, "false"]);
    assert.equal(turnsOf("Storm").length, 1);
  });

  it("runs once, however often it is repeated at once", async () => {
    const body = { model: "kiro", input: `Flood ${fake("crash", { words: 20 })}` };
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(body)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [500]);
    assert.equal(turnsOf("Flood").length, 1);
  });

  it("shows what the agent does as reasoning, before the answer", async () => {
    const { events } = await streamed({ model: "kiro", input: `Act ${fake("tool-trusted")}`, stream: true });
    const types = events.at(-1)?.response?.output.map(({ type }) => type);
    assert.deepEqual([types?.includes("reasoning"), types?.at(-1)], [true, "message"]);
    assert.ok(events.some(({ type }) => type === "response.reasoning_summary_text.delta"));
    assert.deepEqual(
      events.map((event) => event.sequence_number),
      [...events.keys()],
    );
  });

  it("is refused in the vendor's own form, before anything runs", async () => {
    const refused: readonly (readonly [object, string])[] = [
      [{ background: true }, "background"],
      [
        { input: [{ role: "user", content: [{ type: "input_image", image_url: "https://example.com/a.png" }] }] },
        "input[0].content[0].image_url",
      ],
      [{ tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }, "tool_choice.type"],
      [{ input: [{ type: "item_reference", id: "msg_unknown" }] }, "input[0].id"],
    ];
    const before = gateway.startedPrompts().length;
    for (const [fields, param] of refused) {
      const answer = await post({ model: "kiro", input: "Hi", ...fields });
      const { error }: { error: Record<string, unknown> } = JSON.parse(await answer.text());
      assert.deepEqual([answer.status, error["type"], error["param"]], [400, "invalid_request_error", param]);
    }
    assert.equal(gateway.startedPrompts().length, before);
  });

  it("is not taken over a WebSocket, so that clients use HTTP", async () => {
    const { client, bridge } = gateway;
    const socket = new SocketClient(bridge.port, { path: "/v1/responses", token: client.token });
    assert.equal((await socket.closed).code, 404);
  });

  it("takes the result of a call that nobody waits for as history", async () => {
    const input = [
      said("Before"),
      { type: "function_call", call_id: "call_gone", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "call_gone", output: "Late" },
      said(`Late result ${fakeSay("Seen.")}`),
    ];
    const answer = await post({ model: "kiro", input });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /Seen\./);
  });
});
