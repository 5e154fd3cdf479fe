import assert from "node:assert/strict";
import { areas } from "./areas.ts";
import { playArea } from "./area.ts";
import { ExchangeComparer } from "./compareExchanges.ts";
import { readExchanges } from "./recording.ts";

/** The samples of other windows have a label, and a connection is one of the owner of the address. */
const different = ["metrics", "all events of the sessions"];
const names = [
  "execute",
  "executions",
  "chat",
  "questions",
  "expiredQuestions",
  "sessions",
  "terminal",
  "clients",
  "gateways",
  "noCli",
];

describe("The wire, as it was recorded, through another window", () => {
  const recording = readExchanges();

  for (const area of areas.filter(({ name }) => names.includes(name))) {
    it(`is the same for ${area.name}`, async () => {
      const recorded = recording[area.name] ?? [];
      const { exchanges, failure } = await playArea({ ...area, options: { ...area.options, isMember: true } });
      const present = new Map(exchanges.map((exchange) => [exchange.name, exchange]));
      const comparer = new ExchangeComparer();
      const differences = recorded.flatMap(({ name, request, answer }) => {
        const now = present.get(name);
        const found =
          now === undefined || different.includes(name) ? [] : comparer.compare({ request, answer }, { ...now });
        return found.map((difference) => `${name}: ${difference}`);
      });
      const missing = recorded.filter(({ name }) => !present.has(name)).map(({ name }) => name);
      assert.deepEqual({ differences, missing, failure }, { differences: [], missing: [], failure: undefined });
    });
  }
});
