// A vendor of models that writes the time into each chunk when it writes it.
import { chatStream } from "../../support/models/forms/openAiChat.ts";
import { messagesStream } from "../../support/models/forms/anthropicMessages.ts";
import { responsesStream } from "../../support/models/forms/openAiResponses.ts";
import type { ScriptedAnswer } from "../../support/models/forms/scriptedAnswer.ts";
import { type ModelRequest, ModelServer } from "../../support/models/modelServer.ts";
import { serveBench } from "../benchProcess.ts";
import { STAMP_PLACE, stamp } from "./stamps.ts";
import { type Wish, wishSchema } from "./wires.ts";

const streams: Readonly<Record<string, (answer: ScriptedAnswer) => string>> = {
  "/v1/chat/completions": chatStream,
  "/v1/responses": responsesStream,
  "/v1/messages": messagesStream,
};

const server = await ModelServer.start();
server.otherwise = (request) => ({ body: stampedEvents(eventsFor(request), wishOf(request)) });
serveBench(Number(new URL(server.url).port), () => server.dispose());

function eventsFor(request: ModelRequest): readonly string[] {
  const { chunks } = wishOf(request);
  const stream = streams[request.url];
  if (stream === undefined) throw new Error(`No stream for ${request.url}`);
  const text = Array.from({ length: chunks }, () => `${STAMP_PLACE} `);
  return stream({ text }).split(/(?<=\n\n)/u);
}

async function* stampedEvents(events: readonly string[], { pauseMs }: Wish): AsyncGenerator<string> {
  for (const event of events) {
    const [before = "", after, ...more] = event.split(STAMP_PLACE);
    const isChunk = after !== undefined && more.length === 0;
    if (isChunk && pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield isChunk ? before + stamp() + after : event;
  }
}

/** The prompt is the wish, alone or as the text of a request that has it as JSON in JSON. */
function wishOf({ body }: ModelRequest): Wish {
  const found = /\{\\"chunks\\":\d+,\\"pauseMs\\":\d+\}/u.exec(body.toString())?.[0] ?? "";
  return wishSchema.parse(JSON.parse(found.replaceAll("\\", "")));
}
