import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";
import type { wires } from "../../protocol/agents/engines.ts";
import type { Json } from "../../protocol/values.ts";
import type { PromptBlock } from "./promptBlock.ts";

/** The protocols by which a model is reached. */
export type WireId = (typeof wires)[number];

/** A call of a tool by a model. */
export interface CallPart {
  readonly type: "call";
  /** The model's own ID, which the result repeats. */
  readonly id: string;
  readonly name: string;
  /** As the model has written it: JSON text, which may be invalid. */
  readonly arguments: string;
}

/** One part of the answer of a model, in its order. */
export type AssistantPart =
  | { readonly type: "text"; readonly text: string }
  | CallPart
  /**
   * A block that must be sent back unchanged, such as reasoning with its signature. Only for the same wire and model: others
   * do not get it.
   */
  | { readonly type: "opaque"; readonly wire: WireId; readonly model: string; readonly data: Json };

/** The result of a call, for the model. */
export interface CallResult {
  readonly callId: string;
  readonly name: string;
  readonly content: readonly PromptBlock[];
  readonly isError: boolean;
}

/** One entry of a conversation with a model. Results follow the step that has asked for them, one for each call. */
export type ConversationItem =
  | { readonly role: "user"; readonly content: readonly PromptBlock[] }
  | { readonly role: "assistant"; readonly parts: readonly AssistantPart[] }
  | { readonly role: "results"; readonly results: readonly CallResult[] };

/** A tool that a model may call. Its name has at most 64 letters, digits, `_` and `-`. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of an object. */
  readonly parameters: JsonSchema;
}

/** Parameters of the answer, as far as the wire has them. */
export interface StepParameters {
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
  readonly reasoningEffort?: string;
  /** The answer must be JSON that matches; `{}` for any JSON object. */
  readonly answerSchema?: JsonSchema;
  /** Default: `auto`. */
  readonly toolChoice?: "auto" | "none" | "required" | { readonly tool: string };
  /** Default: the model's own. */
  readonly parallelCalls?: boolean;
}

/** One request to a model: the conversation so far, for its next message. */
export interface StepRequest extends StepParameters {
  readonly model: string;
  /** Instructions, "" for none. */
  readonly system: string;
  readonly items: readonly ConversationItem[];
  readonly tools: readonly ModelTool[];
}

/** Tokens of one step, as the vendor counts them. `isEstimated` if it has not said. */
export interface StepUsage {
  /** All of the input, those read from a cache included. */
  readonly inputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens?: number;
  readonly isEstimated?: boolean;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "refusal" | "stop-sequence";

/** The whole step, after its last delta. */
export interface StepResult {
  readonly parts: readonly AssistantPart[];
  readonly finish: FinishReason;
  readonly stopSequence?: string;
  readonly usage: StepUsage;
  /** As the vendor names it, which may be more exact than what was asked for. */
  readonly model: string;
}

/** An event of a step. The last one is `end`; a step without it has failed, and its stream throws a `ModelFailure`. */
export type StepEvent =
  | { readonly type: "text"; readonly text: string }
  /** A summary of the model's reasoning, for people. */
  | { readonly type: "reasoning"; readonly text: string }
  /** A call has begun; its arguments are in the result. */
  | { readonly type: "call-started"; readonly id: string; readonly name: string }
  | { readonly type: "end"; readonly result: StepResult };
