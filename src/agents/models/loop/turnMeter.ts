import type { StepUsage } from "../../../core/models/step.ts";
import type { TurnUsage } from "../../../protocol/agents/turnUsage.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import { costOf } from "../usage/cost.ts";

/** A bound of a turn that it has reached. */
export interface ReachedBound {
  readonly stopReason: "max_turn_requests" | "max_tokens";
  /** A sentence for the user and for the model. */
  readonly why: string;
}

/** Sums what the requests of a turn have used, and knows the bounds of the turn. */
export class TurnMeter {
  readonly #settings: EngineSettings;
  #requests = 0;
  #steps = 0;
  #inputTokens = 0;
  #cachedInputTokens = 0;
  #outputTokens = 0;
  #cost: number | undefined;
  #contextTokens = 0;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
  }

  /** Counts a request, and returns its number. @param isStep false for a request about the conversation itself */
  begin(isStep: boolean): number {
    if (isStep) this.#steps += 1;
    return (this.#requests += 1);
  }

  /** @returns the cost of the request, if the engine has prices */
  record(usage: StepUsage): number | undefined {
    const { inputTokens, cachedInputTokens = 0, outputTokens } = usage;
    const cost = costOf(usage, this.#settings.prices);
    this.#inputTokens += inputTokens;
    this.#cachedInputTokens += cachedInputTokens;
    this.#outputTokens += outputTokens;
    this.#contextTokens = inputTokens + outputTokens;
    if (cost !== undefined) this.#cost = (this.#cost ?? 0) + cost;
    return cost;
  }

  /** The first bound that does not allow a further step. */
  get reached(): ReachedBound | undefined {
    const { limits, prices } = this.#settings;
    const { maxSteps, maxTurnTokens, maxTurnCost } = limits;
    if (this.#steps >= maxSteps) {
      return { stopReason: "max_turn_requests", why: `The turn has reached its limit of ${maxSteps} steps.` };
    }
    if (maxTurnTokens !== undefined && this.#inputTokens + this.#outputTokens >= maxTurnTokens) {
      return { stopReason: "max_tokens", why: `The turn has reached its limit of ${maxTurnTokens} tokens.` };
    }
    if (maxTurnCost !== undefined && this.#cost !== undefined && this.#cost >= maxTurnCost) {
      const limit = `${maxTurnCost} ${prices?.currency ?? ""}`.trim();
      return { stopReason: "max_tokens", why: `The turn has reached its limit of ${limit}.` };
    }
    return undefined;
  }

  get usage(): TurnUsage {
    const { contextTokens, prices } = this.#settings;
    return {
      contextPercent: Math.min(100, Math.round((this.#contextTokens / contextTokens) * 1000) / 10),
      inputTokens: this.#inputTokens,
      cachedInputTokens: this.#cachedInputTokens,
      outputTokens: this.#outputTokens,
      steps: this.#requests,
      ...(this.#cost !== undefined && { cost: this.#cost, currency: prices?.currency ?? "" }),
    };
  }
}
