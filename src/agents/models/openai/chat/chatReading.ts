import { ModelFailure } from "../../../../core/models/modelFailure.ts";
import type { AssistantPart, FinishReason, StepEvent, StepResult, StepUsage } from "../../../../core/models/step.ts";
import type { Json } from "../../../../protocol/values.ts";
import { AnswerSize } from "../../answers/answerSize.ts";
import type { AnswerReading, ReadingOptions } from "../../answers/answerReading.ts";
import { CallList } from "./callList.ts";
import { chunkSchema, type ChatChoice, type ChatDelta } from "./chatChunk.ts";
import { ReasoningDetails } from "./reasoningDetails.ts";
import { opaqueChatPart, reasoningNames, type ReasoningName } from "./chatOpaque.ts";
import { estimatedUsage } from "../../answers/estimatedUsage.ts";
import { chatUsageOf } from "../usage.ts";

const finishes: Readonly<Record<string, FinishReason>> = {
  length: "length",
  content_filter: "refusal",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
};

/** Reads the stream of one chat completion. */
export class ChatReading implements AnswerReading {
  readonly #options: ReadingOptions;
  readonly #size: AnswerSize;
  readonly #calls: CallList;
  readonly #details: ReasoningDetails;
  readonly #reasoning: Partial<Record<ReasoningName, string>> = {};
  #text = "";
  #model: string | undefined;
  #finish: FinishReason | undefined;
  #isRefused = false;
  #usage: StepUsage | undefined;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#size = new AnswerSize(options.failures);
    this.#calls = new CallList(this.#size);
    this.#details = new ReasoningDetails(this.#size);
  }

  /** True if the model has said that its answer is whole. Only the usage can be missing. */
  get isWhole(): boolean {
    return this.#finish !== undefined;
  }

  /** Reads one event. @throws ModelFailure `protocol`, `too-large` */
  *read(event: unknown): Generator<StepEvent> {
    const chunk = chunkSchema.safeParse(event);
    if (!chunk.success) throw this.#options.failures.ofProtocol("it sent an event that is none of an answer");
    const { model, choices, usage } = chunk.data;
    this.#model ??= model === "" ? undefined : model;
    this.#usage = chatUsageOf(usage) ?? this.#usage;
    for (const choice of choices ?? []) if ((choice.index ?? 0) === 0) yield* this.#readChoice(choice);
  }

  /** Ends the answer: the calls that have not been reported yet, and the result. @throws ModelFailure `cut`, `protocol` */
  *end(): Generator<StepEvent> {
    if (this.#finish === undefined) {
      throw this.#options.failures.ofCut();
    }
    const { calls, extras, events } = this.#calls.end(this.#options.failures);
    yield* events;
    const finish = this.#isRefused ? "refusal" : this.#finish;
    yield { type: "end", result: this.#resultWith(calls, extras, finish) };
  }

  #resultWith(
    calls: readonly AssistantPart[],
    extras: Readonly<Record<string, Json>>,
    finish: FinishReason,
  ): StepResult {
    const { model, requestCharacters } = this.#options;
    const opaque = opaqueChatPart(
      {
        ...(Object.keys(this.#reasoning).length > 0 && { reasoning: this.#reasoning }),
        ...(this.#details.list.length > 0 && { details: { reasoning_details: [...this.#details.list] } }),
        ...(Object.keys(extras).length > 0 && { callExtras: extras }),
      },
      model,
    );
    const text: readonly AssistantPart[] = this.#text === "" ? [] : [{ type: "text", text: this.#text }];
    return {
      parts: [...(opaque === undefined ? [] : [opaque]), ...text, ...calls],
      // Many servers say `stop` after calls as well.
      finish: finish === "stop" && calls.length > 0 ? "tool-calls" : finish,
      usage: this.#usage ?? estimatedUsage(requestCharacters, this.#size.characters),
      model: this.#model ?? model,
    };
  }

  *#readChoice({ delta, finish_reason: finish }: ChatChoice): Generator<StepEvent> {
    if (delta) yield* this.#readDelta(delta);
    if (finish === "error") throw new ModelFailure("overloaded", "The vendor of the model broke off its answer.");
    if (finish) this.#finish = finishes[finish] ?? "stop";
  }

  *#readDelta(delta: ChatDelta): Generator<StepEvent> {
    for (const name of reasoningNames) {
      const text = delta[name];
      if (!text) continue;
      this.#size.add(text);
      this.#reasoning[name] = (this.#reasoning[name] ?? "") + text;
      // Some servers send the same text by both names.
      if (name === "reasoning_content" || !delta.reasoning_content) yield { type: "reasoning", text };
    }
    for (const detail of delta.reasoning_details ?? []) this.#details.add(detail);
    yield* this.#readContent(delta);
    for (const call of delta.tool_calls ?? []) yield* this.#calls.add(call);
  }

  *#readContent({ content, refusal }: ChatDelta): Generator<StepEvent> {
    if (typeof content === "string") yield* this.#addText(content);
    else {
      for (const block of content ?? []) {
        if (block === undefined) continue;
        if (block.type === "text") yield* this.#addText(block.text);
        else yield { type: "reasoning", text: block.thinking.map(({ text = "" }) => text).join("") };
      }
    }
    if (!refusal) return;
    this.#isRefused = true;
    yield* this.#addText(refusal);
  }

  *#addText(text: string): Generator<StepEvent> {
    if (text === "") return;
    this.#size.add(text);
    this.#text += text;
    yield { type: "text", text };
  }
}
