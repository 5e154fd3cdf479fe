import type { Json } from "../../protocol/values.ts";
import type { StepEvent, StepRequest, WireId } from "./step.ts";

/** Vectors for texts. */
export interface EmbedRequest {
  readonly model: string;
  /** Texts, or their tokens. */
  readonly input: readonly (string | readonly number[])[];
  readonly dimensions?: number;
}

export interface EmbedResult {
  readonly vectors: readonly (readonly number[])[];
  readonly model: string;
  readonly inputTokens: number;
}

/** The head of a response of a vendor. */
export interface RawHead {
  readonly status: number;
  /** Those that a client may see, in lower case: `content-type`, the limits and the request ID of the vendor. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A request of a gateway to a model itself, without an agent, a session or tools of the bridge. It runs as the command
 * `kiro.engines.<id>.complete`, or `kiro.engines.<id>.embed`.
 */
export type ModelCall =
  /** In another protocol than that of the engine. The model is the vendor's own ID. */
  | {
      readonly kind: "step";
      readonly request: StepRequest;
      /** Resolves when the next event may come. */
      readonly onEvent: (event: StepEvent) => Promise<void>;
    }
  /** In the same protocol: everything but the model and the key passes through unchanged. */
  | {
      readonly kind: "raw";
      readonly wire: Exclude<WireId, "vscode-lm">;
      /** The path after the base URL, such as `/chat/completions`, `/messages/count_tokens`. */
      readonly path: string;
      readonly method: "GET" | "POST" | "DELETE";
      readonly model: string;
      readonly body: { readonly [name: string]: Json } | undefined;
      /** Those of the client that the vendor gets, such as `anthropic-beta`. */
      readonly headers: Readonly<Record<string, string>>;
      readonly onHead: (head: RawHead) => void;
      /** Resolves when the next bytes may come. */
      readonly onBytes: (bytes: Uint8Array) => Promise<void>;
    }
  | { readonly kind: "embed"; readonly request: EmbedRequest; readonly onResult: (result: EmbedResult) => void };

/** A request in the protocol of its engine. */
export type RawCall = Extract<ModelCall, { kind: "raw" }>;
