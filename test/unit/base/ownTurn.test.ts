import assert from "node:assert/strict";
import { ownTurn } from "../../../src/base/ownTurn.ts";
import { Rounds } from "../../support/measures/rounds.ts";

describe("An exclusive turn", () => {
  it("is granted to one task at a time in order, with a round of the event loop in between", async () => {
    const rounds = new Rounds();
    const turns: [name: string, round: number][] = [];
    const take = async (name: string): Promise<void> => {
      await ownTurn();
      turns.push([name, rounds.now]);
    };
    await Promise.all(["a", "b", "c"].map(take));
    rounds.dispose();
    assert.deepEqual(
      turns.map(([name]) => name),
      ["a", "b", "c"],
    );
    const [a = 0, b = 0, c = 0] = turns.map(([, round]) => round);
    assert.ok(b - a >= 2 && c - b >= 2, `rounds ${a}, ${b}, ${c}`);
  });

  it("may be requested within an exclusive turn", async () => {
    await ownTurn();
    await ownTurn();
    await Promise.all([ownTurn(), ownTurn().then(ownTurn)]);
  });
});
