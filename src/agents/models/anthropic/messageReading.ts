import type * as z from "zod";
import type { AssistantPart, FinishReason, StepEvent, StepResult } from "../../../core/models/step.ts";
import type { VendorFailures } from "../failures/vendorFailures.ts";
import type { AnswerReading, ReadingOptions } from "../answers/answerReading.ts";
import { AnswerSize } from "../answers/answerSize.ts";
import { estimatedUsage } from "../answers/estimatedUsage.ts";
import { MessageBlock } from "./messageBlock.ts";
import { type ContentDelta, eventSchemas, type StartedBlock } from "./messageEvents.ts";
import { MessageUsage } from "./messageUsage.ts";

const finishes: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  stop_sequence: "stop-sequence",
  tool_use: "tool-calls",
  refusal: "refusal",
};

/** Reads the stream of one message. Kinds of events, blocks and pieces that are not known are no failure. */
export class MessageReading implements AnswerReading {
  readonly #options: ReadingOptions;
  readonly #size: AnswerSize;
  readonly #usage = new MessageUsage();
  readonly #blocks = new Map<number, MessageBlock>();
  readonly #callIds = new Set<string>();
  #model: string | undefined;
  #stopReason: string | undefined;
  #stopSequence: string | undefined;
  #hasEnded = false;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#size = new AnswerSize(options.failures);
  }

  get isWhole(): boolean {
    return this.#stopReason !== undefined && [...this.#blocks.values()].every(({ isOpen }) => !isOpen);
  }

  /** True if the vendor has said that nothing follows. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Reads one event. @throws ModelFailure `protocol`, `too-large`, or what an error in the stream means */
  *read(event: unknown): Generator<StepEvent> {
    const type = typeOf(event);
    switch (type) {
      case "message_start": {
        const { message } = this.#parsed(eventSchemas.message_start, event);
        this.#model ??= message.model;
        this.#usage.add(message.usage);
        return;
      }
      case "content_block_start": {
        const { index, content_block: block } = this.#parsed(eventSchemas.content_block_start, event);
        yield* this.#start(index, block);
        return;
      }
      case "content_block_delta": {
        const { index, delta } = this.#parsed(eventSchemas.content_block_delta, event);
        yield* this.#add(index, delta);
        return;
      }
      case "content_block_stop":
        this.#openBlock(this.#parsed(eventSchemas.content_block_stop, event).index).isOpen = false;
        return;
      case "message_delta": {
        const { delta, usage } = this.#parsed(eventSchemas.message_delta, event);
        this.#stopReason = delta.stop_reason ?? this.#stopReason;
        this.#stopSequence = delta.stop_sequence ?? this.#stopSequence;
        this.#usage.add(usage);
        return;
      }
      case "message_stop":
        this.#hasEnded = true;
        return;
      case "error":
        throw this.#failures.ofStream(event, this.#options.model);
      default:
    }
  }

  *end(): Generator<StepEvent> {
    if (!this.isWhole) throw this.#failures.ofCut();
    yield { type: "end", result: this.#result() };
  }

  #result(): StepResult {
    const { model, requestCharacters } = this.#options;
    const finish = finishes[this.#stopReason ?? ""] ?? "stop";
    const blocks = [...this.#blocks].toSorted(([a], [b]) => a - b).map(([, block]) => block);
    const parts = blocks.flatMap((block): AssistantPart[] => {
      const part = block.part(model, finish === "length");
      return part === undefined ? [] : [part];
    });
    const hasCalls = parts.some(({ type }) => type === "call");
    return {
      parts,
      finish: finish === "stop" && hasCalls ? "tool-calls" : finish,
      ...(finish === "stop-sequence" && this.#stopSequence !== undefined && { stopSequence: this.#stopSequence }),
      usage: this.#usage.usage ?? estimatedUsage(requestCharacters, this.#size.characters),
      model: this.#model ?? model,
    };
  }

  #start(index: number, started: StartedBlock): readonly StepEvent[] {
    if (this.#blocks.has(index)) throw this.#failures.ofProtocol(`it began the block ${index} twice`);
    const block = new MessageBlock(started);
    const { type, id, name } = block;
    if (type === "tool_use" && (id === "" || name === ""))
      throw this.#failures.ofProtocol("it called a tool without a name or an ID");
    if (type === "tool_use" && this.#callIds.has(id)) throw this.#failures.ofProtocol("two of its calls have one ID");
    if (type === "tool_use") this.#callIds.add(id);
    this.#size.add(JSON.stringify(started));
    this.#blocks.set(index, block);
    return block.begin();
  }

  #add(index: number, delta: ContentDelta): readonly StepEvent[] {
    const { text = "", thinking = "", signature = "", partial_json: json = "" } = delta;
    this.#size.add(text + thinking + signature + json);
    return this.#openBlock(index).add(delta);
  }

  #openBlock(index: number): MessageBlock {
    const block = this.#blocks.get(index);
    if (block?.isOpen === true) return block;
    throw this.#failures.ofProtocol(
      `it went on with the block ${index}, which ${block === undefined ? "had not begun" : "had ended"}`,
    );
  }

  #parsed<T>(schema: z.ZodType<T>, event: unknown): T {
    const read = schema.safeParse(event);
    if (read.success) return read.data;
    throw this.#failures.ofProtocol(`it sent an event '${String(typeOf(event))}' without its fields`);
  }

  get #failures(): VendorFailures {
    return this.#options.failures;
  }
}

function typeOf(event: unknown): unknown {
  return typeof event === "object" && event !== null && "type" in event ? event.type : undefined;
}
