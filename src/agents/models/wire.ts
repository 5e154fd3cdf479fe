import type { EmbedRequest, EmbedResult, RawCall } from "../../core/models/modelCall.ts";
import type { EngineModel } from "../../core/models/engineDirectory.ts";
import type { StepEvent, StepRequest, StepUsage } from "../../core/models/step.ts";

/** The end of a request that passed through unchanged, with its usage as far as its answer tells. */
export interface RawOutcome {
  readonly status: number;
  readonly usage: StepUsage | undefined;
  readonly model: string | undefined;
}

/** A request of a client that passes through unchanged. */
export interface PassedCall extends RawCall {
  /** Called with what was used of an answer that breaks off, or whose client leaves, before the error is thrown. */
  readonly onUnfinished?: (used: Pick<RawOutcome, "usage" | "model">) => void;
}

/**
 * One protocol to the models of one vendor, without memory. All methods throw `ModelFailure`, or the signal's reason. They
 * never retry, but with another key after a 401, and without what the server says it does not know: their callers know whether
 * something was said.
 */
export interface ModelWire {
  stream(request: StepRequest, signal: AbortSignal): AsyncIterable<StepEvent>;
  /** Returns what the vendor lists. */
  listModels(signal: AbortSignal): Promise<readonly EngineModel[]>;
  /** Undefined if the protocol has no embeddings. */
  readonly embed?: (request: EmbedRequest, signal: AbortSignal) => Promise<EmbedResult>;
  /** Undefined if the protocol is not one of HTTP. */
  readonly pass?: (call: PassedCall, signal: AbortSignal) => Promise<RawOutcome>;
}

/** Returns the key of an engine, or a fresh one after the vendor has rejected it. Undefined for an engine without a key. */
export interface Credentials {
  /**
   * @param rejected the key that the vendor has rejected, so that another one is wanted
   * @throws ModelFailure `unauthorized` with what to do
   */
  key(signal: AbortSignal, rejected?: string): Promise<string | undefined>;
}
