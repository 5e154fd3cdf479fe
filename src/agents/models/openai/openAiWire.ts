import type { Stream } from "openai/streaming";
import type { OpenAI } from "openai/client";
import type { StepEvent, StepRequest } from "../../../core/models/step.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import type { VendorFailures } from "../failures/vendorFailures.ts";
import { Vendor, type VendorOptions } from "../http/vendor.ts";
import { hasEnded } from "../http/watchedFetch.ts";
import type { ModelWire } from "../wire.ts";
import type { AnswerReading, ReadingOptions } from "../answers/answerReading.ts";
import { openAiClient } from "./client.ts";
import { embed } from "./embed.ts";
import { listModels } from "./listModels.ts";
import { pass } from "./pass.ts";
import { ServerTraits, type AdaptedRequest } from "./serverTraits.ts";

/** The way in which one of OpenAI's protocols asks for an answer, and reads it. */
interface AnswerProtocol {
  readonly path: string;
  readonly bodyOf: (request: StepRequest, adapted: AdaptedRequest) => object;
  readonly Reading: new (options: ReadingOptions) => AnswerReading;
}

/** Parts that both wires of OpenAI use. */
interface WireDeps {
  readonly client: OpenAI;
  readonly vendor: Vendor;
  readonly settings: EngineSettings;
  readonly traits: ServerTraits;
}

/** Creates a wire of OpenAI: one of its two protocols for answers, and everything that both have in common. */
export function openAiWire(options: VendorOptions, protocol: AnswerProtocol): ModelWire {
  const { settings } = options;
  const vendor = new Vendor(options);
  const deps = { client: openAiClient(settings, vendor), vendor, settings, traits: new ServerTraits(settings.baseUrl) };
  return {
    stream: (request, signal) => streamStep(deps, protocol, request, signal),
    listModels: async (signal) => await listModels(deps, signal),
    embed: async (request, signal) => await embed(deps, request, signal),
    pass: async (call, signal) => await pass(deps, call, signal),
  };
}

async function* streamStep(
  deps: WireDeps,
  protocol: AnswerProtocol,
  request: StepRequest,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { failures } = deps.vendor;
  const { data: events, response, requestCharacters } = await begin(deps, protocol, request, signal);
  const reading = new protocol.Reading({ model: request.model, requestCharacters, failures });
  try {
    for await (const event of events) yield* reading.read(event);
  } catch (error) {
    // Only the usage is missing then, and the model would have to say everything once more.
    if (signal.aborted || !reading.isWhole) {
      // The client reads what is left at the end of a stream as an event.
      const isCut = error instanceof SyntaxError && hasEnded(response);
      throw isCut ? failures.ofCut(error) : failures.thrown(error, signal, request.model);
    }
  }
  // The client ends its stream in silence.
  signal.throwIfAborted();
  yield* reading.end();
}

/** Sends a request until the server takes it. Nothing is said before. */
async function begin(
  { client, vendor, traits }: WireDeps,
  { path, bodyOf }: AnswerProtocol,
  request: StepRequest,
  signal: AbortSignal,
) {
  return await traits.adapt(request.model, async (adapted) => {
    try {
      const body = bodyOf(request, adapted);
      const { data, response } = await client
        .post<Stream<unknown>>(path, { body, signal, stream: true })
        .withResponse();
      await assertStream(response, vendor.failures, request.model);
      return { data, response, requestCharacters: JSON.stringify(body).length };
    } catch (error) {
      throw vendor.failures.thrown(error, signal, request.model);
    }
  });
}

/** Some servers answer an error, or the whole answer, with success and without a stream. */
async function assertStream(response: Response, failures: VendorFailures, model: string): Promise<void> {
  if (!/\bjson\b/i.test(response.headers.get("content-type") ?? "")) return;
  const json: unknown = await response.json();
  const isError = typeof json === "object" && json !== null && "error" in json;
  throw isError ? failures.ofStream(json, model) : failures.ofProtocol("it answered without a stream");
}
