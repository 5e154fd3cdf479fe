import type { Caller } from "../../core/access/principal.ts";
import type { PromptBlock } from "../../core/models/promptBlock.ts";
import type { StepParameters } from "../../core/models/step.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";

/** A call of one of the client's tools. `id` and `name` are the client's. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** One message of a conversation, the same for all protocols. */
export type Message =
  /** Roles `system` and `developer`, and the fields `system` and `instructions`. */
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly content: readonly PromptBlock[] }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly calls: readonly ToolUse[];
      /** Session keys that came back in `signature` or `encrypted_content`. */
      readonly keys: readonly string[];
    }
  | {
      readonly role: "tool";
      readonly callId: string;
      readonly content: readonly PromptBlock[];
      readonly isError: boolean;
    };

/** A tool of the client. */
export interface ClientTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** Parameters that a model has, and an agent has not. */
export type ModelParameters = Pick<StepParameters, "temperature" | "topP" | "reasoningEffort" | "parallelCalls">;

/** One request of a client for the next message of an agent, or of a model. */
export interface TurnRequest {
  readonly caller: Caller;
  /** Resolved folder of this window, if the client has named one. */
  readonly workspacePath?: string;
  /** As the client has sent it: an alias, `kiro`, `kiro/<model>`, `<engine>`, or `<engine>/<model>`. */
  readonly model: string;
  /**
   * The whole conversation in its order, system messages included. A protocol that keeps responses puts the messages before a
   * kept one here, with its `key`, which selects its session.
   */
  readonly messages: readonly Message[];
  readonly tools: readonly ClientTool[];
  /** `{tool}`: the client wants a call of this one tool. `required`: of any of them, to which an agent cannot be held. */
  readonly toolChoice: "auto" | "none" | "required" | { readonly tool: string };
  /** The answer must be JSON that matches this schema; `{}` for any JSON. */
  readonly answerSchema?: JsonSchema;
  /** True if a response can have one call only: the next one follows when it is answered. */
  readonly takesOneCall?: boolean;
  readonly stop: readonly string[];
  readonly maxTokens?: number;
  readonly parameters?: ModelParameters;
  /** A session that the client has named: `X-Kiro-Session`, or `metadata.kiro_session`. */
  readonly session?: string;
  /** Equal for repeated requests of one principal: path, and canonical body without `stream` and its options. */
  readonly replayKey: string;
  readonly idempotencyKey?: string;
}

/** The tokens of a response. Those of agents are estimated, because ACP reports none. */
export interface Usage {
  /** All of the input, those read from a cache or written to it included. */
  readonly inputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens?: number;
  /** True if the vendor of a model has counted them. */
  readonly isExact?: boolean;
  /** Reported by the agent. */
  readonly credits?: number;
  readonly contextPercent?: number;
}

export type StopReason = "end" | "length" | "stop-sequence" | "tool-use" | "refusal";

/** A piece of a response. Pieces come in order; the last one is `end` or `failed`. */
export type Piece =
  | { readonly type: "text"; readonly text: string }
  /** The tools that the agent runs on its own, and its notices. */
  | { readonly type: "activity"; readonly text: string }
  /** Calls that the client must answer with its next request. Followed by `end` with `tool-use`. */
  | { readonly type: "calls"; readonly calls: readonly ToolUse[] }
  | {
      readonly type: "end";
      readonly stopReason: StopReason;
      /** The one that was found, for `stop-sequence`. */
      readonly stopSequence?: string;
      readonly usage: Usage;
    }
  /** The turn failed after `accepted`. `hasBegun`: the agent may have worked, so a repetition is not safe. */
  | { readonly type: "failed"; readonly error: BridgeError; readonly hasBegun: boolean };

/** The response to one request: one segment of a turn, which may have several because of the client's tools. */
export interface TurnResponse {
  /** Unique, without the prefix of a protocol. */
  readonly id: string;
  readonly executionId: string;
  /** Names the one that answers, for the header `x-kiro-agent`: `kiro`, or the ID of an engine. */
  readonly agent: string;
  /** The session that answers, for the header `x-kiro-session`. Models have none. */
  readonly session: string | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Comes back as `Message.keys`, and then selects this session. */
  readonly key: string;
  /** Estimated tokens of the request. */
  readonly inputTokens: number;
  /** Resolves when the agent is ready and its prompt is about to be sent. @throws BridgeError if the turn failed before */
  readonly accepted: Promise<void>;
  /** Names of fields of the response that are estimated. */
  readonly estimated: readonly string[];
  /** Names of fields that had no effect, known once it is accepted. */
  readonly ignored: readonly string[];
  /**
   * Reads the pieces from the first one on; each reader gets all of them. Ends after the last one.
   * @param isWhole true to wait for the last one first, so that no text is read which the agent retracts
   * @throws the signal's reason
   */
  pieces(signal: AbortSignal, isWhole?: boolean): AsyncIterable<Piece>;
  /** Call it when the client has got the whole response. */
  arrived(): void;
  /** Call it when the client has gone before: cancels the turn if it was the last one and no call is parked. */
  leave(): void;
}

/** The agents and the models, as the protocols use them. */
export interface Turns {
  /**
   * Starts a turn, goes on with a parked one, or joins a repeated request.
   * @throws BridgeError VALIDATION_FAILED (with `field`), NOT_FOUND (model), ACCESS_DENIED,
   * RATE_LIMIT_EXCEEDED, KIRO_UNAVAILABLE
   */
  respond(request: TurnRequest): Promise<TurnResponse>;
}
