// `npm run check`: everything that needs no editor, in under a minute. Goes on after a failure and says all of them.
import { spawnSync } from "node:child_process";

const steps = [
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings", "src", "test", "scripts", "esbuild.mjs"]],
  ["format", "biome", ["format"]],
  ["dead code", "knip", []],
  ["build", "node", ["esbuild.mjs", "--production"]],
  ["size", "node", ["scripts/size.mjs"]],
  ["unit tests", "mocha", ["--reporter", "test/support/countingReporter.mjs", "test/unit/**/*.test.ts"]],
];

const failed = [];
for (const [name, command, args] of steps) {
  const start = performance.now();
  // npm puts node_modules/.bin first on the PATH, where every one of these commands lives; on Windows they are .cmd files.
  const { status, error } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  const isFine = status === 0;
  if (!isFine) failed.push(name);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${isFine ? "✔" : "✘"} ${name} (${seconds} s)${error === undefined ? "" : `: ${error.message}`}`);
}
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
