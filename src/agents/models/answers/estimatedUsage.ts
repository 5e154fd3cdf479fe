import type { StepUsage } from "../../../core/models/step.ts";

const CHARACTERS_PER_TOKEN = 4;

/** Estimates the usage of a step whose vendor has not said it, by the lengths of its request and of its answer. */
export function estimatedUsage(inputCharacters: number, outputCharacters: number): StepUsage {
  return {
    inputTokens: Math.ceil(inputCharacters / CHARACTERS_PER_TOKEN),
    outputTokens: Math.ceil(outputCharacters / CHARACTERS_PER_TOKEN),
    isEstimated: true,
  };
}
