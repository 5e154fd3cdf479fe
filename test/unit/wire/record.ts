// Adds the exchanges that test/fixtures/wire/exchanges.json does not have yet: node test/unit/wire/record.ts
// Those that are recorded stay as they are: they say what clients rely on.
import { existsSync } from "node:fs";
import { areas } from "./areas.ts";
import { playArea } from "./area.ts";
import { readExchanges, type Recording, writeExchanges } from "./recording.ts";
import type { Exchange } from "./wire.ts";

const file = new URL("../../fixtures/wire/exchanges.json", import.meta.url);
const recorded: Recording = existsSync(file) ? readExchanges() : {};
const result: Record<string, readonly Exchange[]> = { ...recorded };
for (const area of areas) {
  const known = recorded[area.name] ?? [];
  const names = new Set(known.map(({ name }) => name));
  const { exchanges, failure } = await playArea(area);
  if (failure !== undefined) throw failure;
  const added = exchanges.filter(({ name }) => !names.has(name));
  result[area.name] = [...known, ...added];
  process.stdout.write(`${area.name}: ${known.length} recorded, ${added.length} added\n`);
}
writeExchanges(result);
