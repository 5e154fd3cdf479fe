// Writes docs/openapi.json from the schemas in src/protocol. With --check, only verifies it.
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
