import * as z from "zod";
import type { FinishReason, StepEvent, StepUsage } from "../../../../core/models/step.ts";
import { AnswerSize } from "../../answers/answerSize.ts";
import type { AnswerReading, ReadingOptions } from "../../answers/answerReading.ts";
import { estimatedUsage } from "../../answers/estimatedUsage.ts";
import { responsesUsageOf } from "../usage.ts";
import { messageText, outputItemSchema, partsOf, type OutputItem } from "./outputItem.ts";

const text = z.string();
const index = z.int().min(0).nullish().catch(undefined);
const eventSchema = z.object({
  type: text,
  output_index: index,
  summary_index: index,
  delta: text.optional().catch(undefined),
  item: z.unknown().optional(),
  response: z.unknown().optional(),
});
const responseSchema = z.object({
  model: text.optional().catch(undefined),
  output: z.array(z.unknown()).catch([]),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
  incomplete_details: z.object({ reason: text }).nullish().catch(undefined),
});
type Event = z.infer<typeof eventSchema>;

/** One place of the output while it grows. */
interface Growing {
  readonly index: number;
  /** Of its deltas. */
  text: string;
  arguments: string;
  isRefusal: boolean;
  begun: OutputItem | undefined;
  done: OutputItem | undefined;
}

/**
 * Reads the stream of one response. An item counts as its last event has it; what that lacks comes from the deltas, and from
 * the response at the end, since servers differ in what they send.
 */
export class ResponsesReading implements AnswerReading {
  readonly #options: ReadingOptions;
  readonly #size: AnswerSize;
  readonly #items: Growing[] = [];
  readonly #started = new Set<string>();
  #end:
    | { readonly finish: FinishReason; readonly usage: StepUsage | undefined; readonly model: string | undefined }
    | undefined;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#size = new AnswerSize(options.failures);
  }

  /** True if the model has said that its answer is whole. */
  get isWhole(): boolean {
    return this.#end !== undefined;
  }

  /** Reads one event. @throws ModelFailure `protocol`, `too-large`, and what the server says that failed */
  *read(json: unknown): Generator<StepEvent> {
    const { failures, model } = this.#options;
    const { data: event } = eventSchema.safeParse(json);
    if (event === undefined) throw failures.ofProtocol("it sent an event that has no type");
    switch (event.type) {
      case "response.output_item.added":
        return yield* this.#begin(event);
      case "response.output_item.done":
        return yield* this.#finishItem(event.output_index, event.item);
      case "response.completed":
      case "response.incomplete":
        return yield* this.#finish(event);
      case "response.failed":
      case "response.cancelled":
        throw failures.ofStream({ error: responseSchema.safeParse(event.response).data?.error }, model);
      case "error":
        throw failures.ofStream({ error: json }, model);
      default:
        if (event.delta !== undefined) yield* this.#readDelta(event, event.delta);
    }
  }

  /** Ends the answer with its result. @throws ModelFailure `cut` */
  *end(): Generator<StepEvent> {
    const { failures, model, requestCharacters } = this.#options;
    if (this.#end === undefined) throw failures.ofCut();
    const { finish, usage = estimatedUsage(requestCharacters, this.#size.characters) } = this.#end;
    const items = this.#items.toSorted((a, b) => a.index - b.index);
    const parts = items.flatMap((item) => partsOf(itemOf(item), model));
    const isRefused = items.some(isRefusal);
    const hasCalls = parts.some(({ type }) => type === "call");
    const natural: FinishReason = isRefused ? "refusal" : hasCalls ? "tool-calls" : "stop";
    const result = { parts, finish: finish === "stop" ? natural : finish, usage, model: this.#end.model ?? model };
    yield { type: "end", result };
  }

  *#readDelta(event: Event, delta: string): Generator<StepEvent> {
    this.#size.add(delta);
    switch (event.type) {
      case "response.output_text.delta":
      case "response.refusal.delta": {
        const item = this.#growing(event.output_index);
        item.text += delta;
        item.isRefusal ||= event.type === "response.refusal.delta";
        if (delta !== "") yield { type: "text", text: delta };
        return;
      }
      case "response.function_call_arguments.delta":
        this.#growing(event.output_index).arguments += delta;
        return;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        if (delta !== "") yield { type: "reasoning", text: delta };
        return;
      default:
    }
  }

  *#begin(event: Event): Generator<StepEvent> {
    const item = outputItemSchema.safeParse(event.item).data;
    if (item === undefined) return;
    this.#growing(event.output_index).begun = item;
    yield* this.#startCall(item);
  }

  *#finishItem(at: number | null | undefined, json: unknown): Generator<StepEvent> {
    const read = outputItemSchema.safeParse(json);
    if (!read.success) throw this.#options.failures.ofProtocol("it sent an item of an answer that is none");
    const item = read.data;
    if (item === undefined || this.#hasDone(at, item)) return;
    const growing = this.#growing(at);
    growing.done = item;
    yield* this.#startCall(item);
    if (item.type === "function_call") this.#size.add(growing.arguments === "" ? (item.arguments ?? "") : "");
    if (item.type !== "message") return;
    const rest = restOf(messageText(item).text, growing.text);
    this.#size.add(rest);
    if (rest !== "") yield { type: "text", text: rest };
  }

  *#finish({ type, response: json }: Event): Generator<StepEvent> {
    const { data: response } = responseSchema.safeParse(json);
    if (response === undefined) throw this.#options.failures.ofProtocol("the end of its answer has no response");
    const done = this.#items.filter((item) => item.done !== undefined);
    if (done.length < response.output.length) {
      for (const [at, item] of response.output.entries()) {
        if (!done.some(({ index: known }) => known === at)) yield* this.#finishItem(at, item);
      }
    }
    const isFiltered = response.incomplete_details?.reason === "content_filter";
    const incomplete = isFiltered ? "refusal" : "length";
    this.#end = {
      finish: type === "response.incomplete" ? incomplete : "stop",
      usage: responsesUsageOf(response.usage),
      model: response.model,
    };
  }

  *#startCall(item: OutputItem): Generator<StepEvent> {
    if (item.type !== "function_call" || this.#started.has(item.call_id)) return;
    this.#started.add(item.call_id);
    yield { type: "call-started", id: item.call_id, name: item.name };
  }

  /** Returns the item that grows at an index. Some servers number all items 0, so that one may follow another there. */
  #growing(at: number | null | undefined): Growing {
    const place = at ?? this.#items.at(-1)?.index ?? 0;
    const known = this.#items.findLast((item) => item.index === place);
    if (known !== undefined && known.done === undefined) return known;
    this.#size.addPart();
    const growing = { index: place, text: "", arguments: "", isRefusal: false, begun: undefined, done: undefined };
    this.#items.push(growing);
    return growing;
  }

  /** True for an item that the server has sent before. */
  #hasDone(at: number | null | undefined, item: OutputItem): boolean {
    const json = JSON.stringify(item);
    return this.#items.some(({ index: known, done }) => known === (at ?? known) && JSON.stringify(done) === json);
  }
}

/** Returns an item as far as it came. */
function itemOf({ done, begun, text: said, arguments: args }: Growing): OutputItem {
  if (done?.type === "message") return messageText(done).text === "" ? messageOf(said) : done;
  if (done?.type === "function_call") return done.arguments ? done : { ...done, arguments: args };
  if (done !== undefined) return done;
  return begun?.type === "function_call" ? { ...begun, arguments: args } : messageOf(said);
}

function messageOf(said: string): OutputItem {
  return { type: "message", content: [{ type: "output_text", text: said }] };
}

function isRefusal({ done, isRefusal: hasRefused }: Growing): boolean {
  return hasRefused || (done?.type === "message" && messageText(done).isRefusal);
}

/** Returns what a whole text has more than its deltas. */
function restOf(whole: string, said: string): string {
  return whole.startsWith(said) ? whole.slice(said.length) : "";
}
