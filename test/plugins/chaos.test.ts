import assert from "node:assert/strict";
import { join } from "node:path";
import { type ChaosPlace, runChaos } from "../support/plugins/chaos/chaos.ts";
import { EmbeddedPlace } from "../support/plugins/chaos/embeddedPlace.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";

const { CHAOS_SEED, CHAOS_MESSAGES } = process.env;
const seed = Number(CHAOS_SEED ?? 12);
const PLUGINS = 20;

describe("20 plugins, whose processes, connections and bridges fail at random", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  const exchange = async (place: ChaosPlace, messages: number): Promise<void> => {
    try {
      const everyEffects = Math.floor(messages / 80);
      const { wrong, effects, faults, repeated, deadLetters } = await runChaos(place, {
        seed,
        plugins: PLUGINS,
        messages,
        everyEffects,
      });
      const replay = `CHAOS_SEED=${seed} mocha test/plugins/chaos.test.ts`;
      assert.deepEqual(wrong, [], replay);
      assert.equal(effects, messages, replay);
      assert.equal(deadLetters, 0, replay);
      assert.ok(
        repeated > 0 && Object.values(faults).every((count) => count > 0),
        JSON.stringify({ repeated, faults }),
      );
    } finally {
      await place.dispose();
    }
  };

  it("lose none of 100,000 durable messages, double no effect, keep the order and forge nothing", () =>
    exchange(new EmbeddedPlace(join(folder, "bus")), Number(CHAOS_MESSAGES ?? 100_000)));
});
