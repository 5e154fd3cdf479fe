// Writes docs/openapi.json, the description of the interface, from the schemas of src/protocol. With --check it only
// says whether the file is fresh.
import { readFileSync, writeFileSync } from "node:fs";
import { createOpenApi } from "../src/protocol/openapi.ts";

const file = "docs/openapi.json";
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const wanted = `${JSON.stringify(createOpenApi(version), undefined, 2)}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, wanted);
} else if (readFileSync(file, "utf8") !== wanted) {
  console.error(`${file} is out of date: run node scripts/openapi.mjs.`);
  process.exitCode = 1;
}
