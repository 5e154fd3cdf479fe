import assert from "node:assert/strict";
import { ReplaySource } from "../../../../src/exports/delivery/replaySource.ts";
import { idOf, idsOf, waitFact } from "../../../support/exports/loopRig.ts";

describe("Dead letters that are sent again", () => {
  const limits = { maxFacts: 2, maxLength: 1_000_000 };
  const facts = [1, 2, 3].map((number) => waitFact(number));
  const start = () => {
    const removed: string[] = [];
    const kept: string[] = [];
    const source = new ReplaySource({
      remove: (ids) => Promise.resolve(removed.push(...ids)),
      keep: ({ id }, reason) => Promise.resolve(void kept.push(`${id} ${reason}`)),
    });
    return { source, removed, kept };
  };
  const next = async (source: ReplaySource) => (await source.next(limits)).map(({ id }) => id);

  it("are read once, however often they are asked for while they are on their way", async () => {
    const { source } = start();
    assert.equal(source.add(facts), 3);
    assert.equal(source.add(facts), 0);
    assert.deepEqual([await next(source), await next(source), await next(source)], [idsOf(1, 2), idsOf(3), []]);
    assert.equal(source.add(facts), 0);
  });

  it("are removed when they were delivered, and kept with the new reason when they were refused again", async () => {
    const { source, removed, kept } = start();
    source.add(facts);
    await next(source);
    source.delivered(facts.slice(0, 1));
    source.refused(waitFact(2), "Still too large.");
    assert.deepEqual([removed, kept], [idsOf(1), [`${idOf(2)} Still too large.`]]);
    assert.equal(source.add(facts), 2);
  });
});
