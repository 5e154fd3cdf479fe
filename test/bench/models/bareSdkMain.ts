// The official SDKs and nothing else. They ask the vendor whose port is the argument: `POST /` reads the stream here and answers the
// ages of its chunks, `POST /relay` sends each chunk on as an event, which is the least that a bridge can do.
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { Anthropic } from "@anthropic-ai/sdk";
import { OpenAI } from "openai";
import { TEST_MODEL } from "../../support/models/forms/scriptedAnswer.ts";
import { portOf } from "../../support/programs/portOf.ts";
import { serveBench } from "../benchProcess.ts";
import { StampAges } from "./stamps.ts";
import { askedOfBareSdk, baseUrlOf, RELAY_PATH, type WireName } from "./wires.ts";

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
    const stream = texts[wire](JSON.stringify(wish));
    if (request.url === RELAY_PATH) {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      for await (const text of stream) response.write(`data: ${JSON.stringify({ text })}\n\n`);
      response.end();
    } else {
      const stamps = new StampAges();
      for await (const text of stream) stamps.see(text);
      response.end(JSON.stringify(stamps.ages));
    }
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
serveBench(portOf(server), () => server.close().closeAllConnections());
