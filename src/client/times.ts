import { type Clock, systemClock } from "../base/clock.ts";
import { callClock } from "../base/pause.ts";

/** Time and chance as the options use them, injectable so that tests control both. */
export interface Times {
  /** Its timers keep a Node process alive, because a call waits for them. */
  readonly clock: Clock;
  /** Its timers do not. */
  readonly background: Clock;
  /** Milliseconds since the epoch, for metrics. */
  wallNow(): number;
  /** At least 0, less than 1. */
  random(): number;
}

export const systemTimes: Times = {
  clock: callClock,
  background: systemClock,
  wallNow: () => Date.now(),
  random: () => Math.random(),
};
