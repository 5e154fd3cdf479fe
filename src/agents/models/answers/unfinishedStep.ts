import type { StepEvent, StepRequest, StepUsage } from "../../../core/models/step.ts";
import { estimatedUsage } from "./estimatedUsage.ts";

/** Counts what a model says in a step, which has its price also if it ends before its vendor tells what it has used. */
export class UnfinishedStep {
  readonly #request: StepRequest;
  #hasBegun = false;
  #characters = 0;

  constructor(request: StepRequest) {
    this.#request = request;
  }

  add(event: StepEvent): void {
    this.#hasBegun = true;
    if (event.type === "text" || event.type === "reasoning") this.#characters += event.text.length;
  }

  /** An estimate; undefined if the model has said nothing. */
  get usage(): StepUsage | undefined {
    return this.#hasBegun ? estimatedUsage(JSON.stringify(this.#request).length, this.#characters) : undefined;
  }
}
