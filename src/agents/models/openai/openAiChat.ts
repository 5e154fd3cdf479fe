import type { Stream } from "openai/streaming";
import type { StepEvent, StepRequest } from "../../../core/models/step.ts";
import type { VendorOptions } from "../http/vendor.ts";
import type { ModelWire } from "../wire.ts";
import { ChatReading } from "./chatReading.ts";
import { chatBody } from "./chatRequest.ts";
import { openAiWire, type WireDeps } from "./openAiWire.ts";

/** Creates the wire of `/chat/completions`, which OpenAI and Azure have, and most other vendors and local servers as well. */
export function createOpenAiChat(options: VendorOptions): ModelWire {
  return openAiWire(options, stream);
}

async function* stream(deps: WireDeps, request: StepRequest, signal: AbortSignal): AsyncGenerator<StepEvent> {
  const { failures } = deps.vendor;
  const { events, requestCharacters } = await begin(deps, request, signal);
  const reading = new ChatReading({ model: request.model, requestCharacters, failures });
  try {
    for await (const event of events) yield* reading.read(event);
  } catch (error) {
    // Only the usage is missing then, and the model would have to say everything once more.
    if (signal.aborted || !reading.isWhole) throw failures.thrown(error, signal, request.model);
  }
  // The client ends its stream in silence.
  signal.throwIfAborted();
  yield* reading.end();
}

/** Sends a request until the server takes it. Nothing is said before. */
async function begin({ client, vendor, traits }: WireDeps, request: StepRequest, signal: AbortSignal) {
  return await traits.adapt(request.model, async (adapted) => {
    const body = chatBody(request, adapted);
    try {
      const events = await client.post<Stream<unknown>>("/chat/completions", { body, signal, stream: true });
      return { events, requestCharacters: JSON.stringify(body).length };
    } catch (error) {
      throw vendor.failures.thrown(error, signal, request.model);
    }
  });
}
