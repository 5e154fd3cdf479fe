import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import * as z from "zod";
import { fake, fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import { anthropicClient, textOf } from "../support/gateways/anthropicClient.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

const inputSchema = z.object({ name: z.string(), text: z.string() });
const description = "Writes a file.";

describe("The tools of the SDK of Anthropic", () => {
  let gateway: GatewayBridge;
  let anthropic: Anthropic;
  before(async () => {
    gateway = await startGatewayBridge();
    anthropic = anthropicClient(gateway);
  });
  after(() => gateway.dispose());

  /** The tool that runs in the client. */
  async function write({ name, text }: z.infer<typeof inputSchema>): Promise<string> {
    await writeFile(join(gateway.folder, name), text);
    return `Wrote ${name}.`;
  }

  /** Runs a conversation whose agent calls the tool: its file is there, and the agent has worked once. */
  async function assertWrites(name: string, converse: (prompt: string) => Promise<string>): Promise<void> {
    const started = gateway.startedPrompts().length;
    const calls = fakeCalls([[{ tool: "write", args: { name, text: `by ${name}` } }]], {
      before: "Let me see.",
      ask: 1,
    });
    const answer = await converse(`Write ${calls}`);
    assert.match(answer, new RegExp(`write returned: Wrote ${name}\\.`, "u"));
    assert.equal(await readFile(join(gateway.folder, name), "utf8"), `by ${name}`);
    assert.equal(gateway.startedPrompts().length - started, 1);
  }

  describe("in its tool runner", () => {
    const request = (content: string) => ({
      model: "kiro",
      max_tokens: 1000,
      messages: [{ role: "user", content } as const],
      tools: [betaZodTool({ name: "write", description, inputSchema, run: write })],
    });

    it("runs them without a stream", async () => {
      await assertWrites("runner.txt", async (prompt) =>
        textOf(await anthropic.beta.messages.toolRunner(request(prompt)).runUntilDone()),
      );
    });

    it("runs them with a stream", async () => {
      await assertWrites("streamed.txt", async (prompt) => {
        let message: Anthropic.Beta.BetaMessage | undefined;
        for await (const stream of anthropic.beta.messages.toolRunner({ ...request(prompt), stream: true })) {
          message = await stream.finalMessage();
        }
        return textOf(message ?? assert.fail("no message"));
      });
    });
  });

  it("are called several at once, and may fail", async () => {
    const tools = ["one", "two"].map((name) => ({ name, input_schema: { type: "object" } as const }));
    const prompt = `Both ${fakeCalls([
      [
        { tool: "one", args: { at: 1 } },
        { tool: "two", args: {} },
      ],
    ])}`;
    const ask = { model: "kiro", max_tokens: 1000, tools };
    const question = { role: "user", content: prompt } as const;
    const started = gateway.startedPrompts().length;
    const { content, stop_reason } = await anthropic.messages.create({ ...ask, messages: [question] });
    assert.equal(stop_reason, "tool_use");
    const [first] = content;
    assert.ok(first?.type === "thinking" && first.signature !== "" && first.thinking === "");
    const uses = content.filter((block) => block.type === "tool_use");
    assert.deepEqual(
      uses.map(({ name, input }) => [name, input]),
      [
        ["one", { at: 1 }],
        ["two", {}],
      ],
    );
    assert.ok(uses.every(({ id }) => /^[\w-]{1,64}$/u.test(id)));
    const png = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } as const;
    const results: Anthropic.ToolResultBlockParam[] = uses.map(({ id, name }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: [
        { type: "text", text: `${name} is done` },
        { type: "image", source: png },
      ],
      is_error: name === "two",
    }));
    const next = await anthropic.messages.create({
      ...ask,
      messages: [question, { role: "assistant", content }, { role: "user", content: results }],
    });
    const text = textOf(next);
    assert.match(text, /one returned: one is done/u);
    assert.match(text, /two failed: two is done/u);
    assert.equal(next.stop_reason, "end_turn");
    assert.equal(gateway.startedPrompts().length - started, 1);
  });

  it("may have names of 200 characters, with dots and blanks", async () => {
    const name = `mcp.server ${"long.".repeat(38)}`;
    const { content } = await anthropic.messages.create({
      model: "kiro",
      max_tokens: 1000,
      tools: [{ name, input_schema: { type: "object" } }],
      messages: [{ role: "user", content: `Call ${fakeCalls([[{ args: { a: 1 } }]])}` }],
    });
    const use = content.find((block) => block.type === "tool_use");
    assert.deepEqual([use?.name, use?.input], [name, { a: 1 }]);
  });

  it("are lent in another session when their list changes, with the history as text", async () => {
    const tool = (name: string) => ({ name, input_schema: { type: "object" } as const });
    const ask = { model: "kiro", max_tokens: 1000 };
    const first = { role: "user", content: `First ${fakeSay("One.")}` } as const;
    const before = gateway.agentTurns().length;
    const { content } = await anthropic.messages.create({ ...ask, tools: [tool("a")], messages: [first] });
    const messages = [
      first,
      { role: "assistant", content } as const,
      { role: "user", content: `Second ${fake("report")}` } as const,
    ];
    const next = await anthropic.messages.create({ ...ask, tools: [tool("a"), tool("b")], messages });
    const report: { readonly servers: readonly { readonly tools: readonly string[] }[] } = JSON.parse(textOf(next));
    assert.deepEqual(
      report.servers.map(({ tools }) => tools),
      [["a", "b"]],
    );
    const [one, two] = gateway.agentTurns().slice(before);
    assert.notEqual(one?.sessionId, two?.sessionId);
    assert.match(two?.prompt ?? "", /User:\nFirst .*Assistant:\nOne\..*User:\nSecond/su);
  });

  it("may have results of calls that nobody waits for, which the agent reads as history", async () => {
    const before = gateway.agentTurns().length;
    const message = await anthropic.messages.create({
      model: "kiro",
      max_tokens: 1000,
      tools: [{ name: "read", input_schema: { type: "object" } }],
      messages: [
        { role: "user", content: "Read a.txt" },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "toolu_of_another_server", name: "read", input: { path: "a.txt" } }],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_of_another_server", content: "some text" },
            { type: "text", text: `Sum it up ${fakeSay("Done.")}` },
          ],
        },
      ],
    });
    assert.equal(textOf(message), "Done.");
    const prompt = gateway.agentTurns().at(before)?.prompt ?? "";
    assert.match(
      prompt,
      /\[tool call read\] \{"path":"a\.txt"\}\n\n\[tool result read\]\nsome text\n\nUser:\nSum it up/u,
    );
  });

  it("may be forced, if there is one", async () => {
    const args = { name: "a.txt", text: "a" };
    const { content, stop_reason } = await anthropic.messages.create({
      model: "kiro",
      max_tokens: 1000,
      tools: [{ name: "write", description, input_schema: { type: "object", required: ["name"] } }],
      tool_choice: { type: "any" },
      messages: [{ role: "user", content: `Write ${fakeSay(JSON.stringify(args))}` }],
    });
    assert.deepEqual(
      content.map((block) => (block.type === "tool_use" ? [block.name, block.input] : block.type)),
      [["write", args]],
    );
    assert.equal(stop_reason, "tool_use");
  });
});
