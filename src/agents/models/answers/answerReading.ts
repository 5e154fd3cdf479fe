import type { StepEvent } from "../../../core/models/step.ts";
import type { VendorFailures } from "../failures/vendorFailures.ts";

export interface ReadingOptions {
  readonly failures: VendorFailures;
  /** As it was asked for. */
  readonly model: string;
  /** Length of the request, by which its tokens are estimated if the server does not count. */
  readonly requestCharacters: number;
}

/** Reads the stream of one answer. */
export interface AnswerReading {
  /** True if the model has said that its answer is whole. */
  readonly isWhole: boolean;
  /** Reads one event. @throws ModelFailure */
  read(event: unknown): Iterable<StepEvent>;
  /** Ends the answer with its result. @throws ModelFailure `cut` */
  end(): Iterable<StepEvent>;
}
