import type { ModelParameters } from "../turn.ts";

/** The parameters of a request, as its protocol has them: `null` counts as absent. */
interface GivenParameters {
  readonly temperature?: number | null | undefined;
  readonly topP?: number | null | undefined;
  readonly effort?: string | null | undefined;
  readonly parallel?: boolean | null | undefined;
}

export function modelParameters({ temperature, topP, effort, parallel }: GivenParameters): ModelParameters {
  return {
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof topP === "number" && { topP }),
    ...(typeof effort === "string" && { reasoningEffort: effort }),
    ...(typeof parallel === "boolean" && { parallelCalls: parallel }),
  };
}
