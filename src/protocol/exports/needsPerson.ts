import type { DestinationRecord } from "./destinations.ts";

/** Returns true for a destination that a person must look at: it is blocked or paused, has lost events, or has dead letters. */
export function needsPerson({
  state,
  dropped,
  deadLetters,
}: Pick<DestinationRecord, "state" | "dropped" | "deadLetters">): boolean {
  return state === "blocked" || state === "paused" || dropped > 0 || deadLetters > 0;
}
