// The official SDKs and nothing else: `POST /` asks the vendor whose port is the argument, and answers the ages of the chunks.
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { Anthropic } from "@anthropic-ai/sdk";
import { OpenAI } from "openai";
import { TEST_MODEL } from "../../support/models/forms/scriptedAnswer.ts";
import { portOf } from "../../support/programs/portOf.ts";
import { serveBench } from "../benchProcess.ts";
import { StampAges } from "./stamps.ts";
import { askedOfBareSdk, baseUrlOf, type WireName } from "./wires.ts";

const vendor = Number(process.argv[2]);
const openAi = new OpenAI({ apiKey: "none", baseURL: baseUrlOf("openai-chat", vendor), maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "none", baseURL: baseUrlOf("anthropic", vendor), maxRetries: 0 });

/** Each returns the texts of a stream. */
const texts: Record<WireName, (prompt: string) => AsyncGenerator<string>> = {
  "openai-chat": async function* (prompt) {
    const stream = await openAi.chat.completions.create({
      model: TEST_MODEL,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: prompt }],
    });
    for await (const { choices } of stream) yield choices[0]?.delta.content ?? "";
  },
  "openai-responses": async function* (prompt) {
    const stream = await openAi.responses.create({ model: TEST_MODEL, stream: true, input: prompt });
    for await (const event of stream) if (event.type === "response.output_text.delta") yield event.delta;
  },
  anthropic: async function* (prompt) {
    const stream = await anthropic.messages.create({
      model: TEST_MODEL,
      stream: true,
      max_tokens: 4096,
      messages: [{ role: "user", content: prompt }],
    });
    for await (const event of stream) {
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") yield event.delta.text;
    }
  },
};

const server = createServer((request, response) => {
  void json(request).then(async (body) => {
    const { wire, wish } = askedOfBareSdk.parse(body);
    const stamps = new StampAges();
    for await (const text of texts[wire](JSON.stringify(wish))) stamps.see(text);
    response.end(JSON.stringify(stamps.ages));
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
serveBench(portOf(server), () => server.close().closeAllConnections());
