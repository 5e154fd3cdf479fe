// Writes docs/cli.md from the help of the command line in src/cli. With --check, only verifies it.
import { readFileSync, writeFileSync } from "node:fs";

// Not imported by name: the types of the command line would change how the other scripts are checked.
const { manualOf } = await import(new URL("../../src/cli/manual.ts", import.meta.url).href);
const file = "docs/cli.md";
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const wanted = manualOf(version);

if (!process.argv.includes("--check")) {
  writeFileSync(file, wanted);
} else if (readFileSync(file, "utf8") !== wanted) {
  console.error(`${file} is out of date: run node scripts/npm/cliManual.mjs.`);
  process.exitCode = 1;
}
