import assert from "node:assert/strict";
import { runInThreads } from "../../simulation/scheduleThreads.ts";
import { simulate } from "../../simulation/simulation.ts";

/** As many as fit into the unit tests. `npm test` runs 10,000. */
const FEW = 500;
/** Schedules of one test, so that a failure is seen early. */
const CHUNK = 500;

const { SIMULATION_SEED, SIMULATION_RUNS = String(FEW) } = process.env;

describe("Several windows with one address", function () {
  // Pure computation, which a busy machine has little time for.
  this.timeout(1_800_000);

  if (SIMULATION_SEED !== undefined) {
    const seed = Number(SIMULATION_SEED);
    it(`keep all promises in the schedule ${seed}`, async () => assert.ok((await simulate(seed)).steps > 0));
    return;
  }
  const runs = Number(SIMULATION_RUNS);
  const chunks = Array.from({ length: Math.ceil(runs / CHUNK) }, (_, at) => ({
    first: at * CHUNK + 1,
    last: Math.min((at + 1) * CHUNK, runs),
  }));

  if (runs <= FEW) {
    for (const { first, last } of chunks) {
      it(`keep all promises in the random schedules ${first} to ${last}`, async () => {
        for (let seed = first; seed <= last; seed++) await simulate(seed);
      });
    }
    return;
  }

  let running: readonly Promise<void>[] = [];
  before(() => (running = runInThreads(chunks)));
  for (const [at, { first, last }] of chunks.entries()) {
    it(`keep all promises in the random schedules ${first} to ${last}`, () => running[at]);
  }
});

describe("The simulation of several windows", () => {
  it("is the same for each run of a seed, and is not idle", async () => {
    const [one, again, other] = [await simulate(1), await simulate(1), await simulate(2)];
    assert.deepEqual(again, one);
    assert.notDeepEqual(other, one);
    assert.ok(one.answers > 5 && one.terms > 0 && one.steps > 300, JSON.stringify(one));
  });

  it("gives the clocks and timers of the process back", async () => {
    const now = (): unknown[] => [
      ...["setTimeout", "setImmediate", "clearTimeout", "clearImmediate"].map((name) => Reflect.get(globalThis, name)),
      Reflect.get(Date, "now"),
      Reflect.get(performance, "now"),
      Reflect.get(Math, "random"),
    ];
    const before = now();
    await simulate(1);
    assert.deepEqual(now(), before);
  });
});
