// Verifies that dist/release has the files of the release that package.json names, these only, and with their checksums.
import { readFileSync } from "node:fs";
import { runScript } from "./parts/programs.mjs";
import { verifyRelease } from "./parts/releaseFiles.mjs";

await runScript(() => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  for (const file of verifyRelease(version).all) console.log(file);
});
