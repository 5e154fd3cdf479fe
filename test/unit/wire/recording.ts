import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Exchange } from "./wire.ts";
import type { Plain } from "./placeholders.ts";

const folder = fileURLToPath(new URL("../../fixtures/wire/", import.meta.url));
const exchangesFile = join(folder, "exchanges.json");
const openApiFile = join(folder, "openapi.json");

/** Exchanges by the name of their area. */
export type Recording = Readonly<Record<string, readonly Exchange[]>>;

export function readExchanges(): Recording {
  return JSON.parse(readFileSync(exchangesFile, "utf8")) as Recording;
}

/** Writes each exchange on a line of its own. */
export function writeExchanges(recording: Recording): void {
  const areas = Object.entries(recording).map(
    ([name, exchanges]) =>
      `${JSON.stringify(name)}: [\n${exchanges.map((each) => JSON.stringify(each)).join(",\n")}\n]`,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(exchangesFile, `{\n${areas.join(",\n")}\n}\n`);
}

export function readOpenApi(): Plain {
  return JSON.parse(readFileSync(openApiFile, "utf8")) as Plain;
}
