import { simulate } from "../../simulation/simulation.ts";

/** As many as fit into the unit tests; `npm test` runs 10,000. */
const DEFAULT_RUNS = 500;
/** Schedules of one test, so that a failure is seen early. */
const CHUNK = 500;

const { SIMULATION_SEED, SIMULATION_RUNS } = process.env;

describe("Several windows with one address", () => {
  if (SIMULATION_SEED !== undefined) {
    it(`keep all promises in the schedule ${SIMULATION_SEED}`, async () =>
      void (await simulate(Number(SIMULATION_SEED))));
    return;
  }
  const runs = Number(SIMULATION_RUNS ?? DEFAULT_RUNS);
  for (let first = 1; first <= runs; first += CHUNK) {
    const last = Math.min(first + CHUNK - 1, runs);
    it(`keep all promises in the random schedules ${first} to ${last}`, async () => {
      for (let seed = first; seed <= last; seed++) await simulate(seed);
    });
  }
});
