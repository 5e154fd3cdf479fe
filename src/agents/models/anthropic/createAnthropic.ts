import type { Anthropic } from "@anthropic-ai/sdk/client";
import type { Stream } from "@anthropic-ai/sdk/streaming";
import { within } from "../../../base/deadline.ts";
import type { StepEvent, StepRequest } from "../../../core/models/step.ts";
import { Vendor, type VendorOptions } from "../http/vendor.ts";
import type { ModelWire } from "../wire.ts";
import { anthropicClient } from "./anthropicClient.ts";
import { listAnthropicModels } from "./listAnthropicModels.ts";
import { MessageReading } from "./messageReading.ts";
import { messagesBody } from "./messagesBody.ts";
import { MessagesTraits } from "./messagesTraits.ts";
import { passMessages } from "./passMessages.ts";

/** Time in milliseconds for the connection to end after the message has, so that it can be used again. */
const END_MS = 250;
const late = { done: true, value: undefined } as const;

interface WireDeps {
  readonly client: Anthropic;
  readonly vendor: Vendor;
  readonly traits: MessagesTraits;
}

/** Creates the wire of `/v1/messages`, which Anthropic has, Microsoft Foundry, Amazon Bedrock and some local servers. */
export function createAnthropic(options: VendorOptions): ModelWire {
  const vendor = new Vendor(options);
  const deps = { client: anthropicClient(options.settings, vendor), vendor, traits: new MessagesTraits() };
  return {
    stream: (request, signal) => streamStep(deps, request, signal),
    listModels: async (signal) => await listAnthropicModels(deps, signal),
    pass: async (call, signal) => await passMessages(deps, call, signal),
  };
}

async function* streamStep(deps: WireDeps, request: StepRequest, signal: AbortSignal): AsyncGenerator<StepEvent> {
  const { failures } = deps.vendor;
  const { events, requestCharacters } = await begin(deps, request, signal);
  const reading = new MessageReading({ model: request.model, requestCharacters, failures });
  try {
    yield* eventsOf(events, reading);
  } catch (error) {
    // Only the end of the stream is missing then, and the model would have to say everything once more.
    if (signal.aborted || !reading.isWhole) throw failures.thrown(error, signal, request.model);
  }
  // The client ends its stream in silence.
  signal.throwIfAborted();
  yield* reading.end();
}

async function* eventsOf(stream: Stream<unknown>, reading: MessageReading): AsyncGenerator<StepEvent> {
  try {
    const events = stream[Symbol.asyncIterator]();
    for (;;) {
      const next = events.next();
      const { done, value } = await (reading.hasEnded ? within(next, END_MS, late) : next);
      if (done === true) return;
      yield* reading.read(value);
    }
  } finally {
    stream.controller.abort();
  }
}

/** Sends a request until the server takes it. Nothing is said before. */
async function begin({ client, vendor, traits }: WireDeps, request: StepRequest, signal: AbortSignal) {
  return await traits.adapt(request.model, async (adapted) => {
    try {
      const body = messagesBody(request, adapted);
      const events = await client.post<Stream<unknown>>("/v1/messages", { body, signal, stream: true });
      return { events, requestCharacters: JSON.stringify(body).length };
    } catch (error) {
      throw vendor.failures.thrown(error, signal, request.model);
    }
  });
}
