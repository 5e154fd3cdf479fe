import type { Times } from "../../../src/client/times.ts";
import { ManualClock } from "../windows/manualClock.ts";

/** Time and chance of the client's options, as a test says. */
export class FakeTimes implements Times {
  readonly clock = new ManualClock();
  readonly background = this.clock;
  /** What `random` returns: by default the longest delays. */
  chance = 1;

  readonly wallNow = (): number => 1_000_000 + this.clock.now();
  readonly random = (): number => this.chance;
}
