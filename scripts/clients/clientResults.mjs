// Runs the tests with clients from npm, and writes what they have shown to docs/clients/results.json. Then run docs.mjs.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

/** The package of each client, by which its tests are found: they import it, have its name, or are titled "…, of <client>". */
const packages = {
  "openai-sdk": "openai",
  "anthropic-sdk": "@anthropic-ai/sdk",
  "ai-sdk": "ai",
  langchain: "@langchain/",
  "claude-code": "@anthropic-ai/claude-code",
  codex: "@openai/codex",
  opencode: "opencode-ai",
  pi: "@earendil-works/pi-coding-agent",
  curl: undefined,
};
const resultsFile = "docs/clients/results.json";
const patterns = process.argv.slice(2);
const files = (patterns.length > 0 ? patterns : ["test/gateways/**/*.test.ts", "test/agents/**/*.test.ts"]).flatMap(
  (pattern) => globSync(pattern),
);

const { stdout, stderr } = spawnSync("mocha", ["--reporter", "json", ...files], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const start = stdout.indexOf('{\n  "stats"');
if (start < 0) throw new Error(`mocha has written no report:\n${stderr}`);
const report = JSON.parse(stdout.slice(start));

/** Earlier results stay for clients whose tests did not run. */
const results = JSON.parse(readFileSync(resultsFile, "utf8"));
for (const [client, name] of Object.entries(packages)) {
  const own = new Set(files.filter((file) => name !== undefined && isOf(file, name)).map((file) => resolve(file)));
  const isOwn = ({ file, fullTitle }) => own.has(file) || fullTitle.endsWith(`, of ${client}`);
  const titles = (tests) => tests.filter(isOwn).map(({ fullTitle }) => fullTitle);
  const [passed, failed] = [report.passes, report.failures].map((tests) => titles(tests).toSorted());
  if (passed.length + failed.length === 0) continue;
  const version = name === undefined ? undefined : versionOf(name);
  results[client] = { ...(version !== undefined && { version }), passed, failed };
}
writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
console.log(`${report.stats.passes} passed, ${report.stats.failures} failed`);
if (report.stats.failures > 0) process.exitCode = 1;

function isOf(file, name) {
  const text = readFileSync(file, "utf8");
  return [`"${name}"`, `"${name}/`, ...(name.endsWith("/") ? [`"${name}`] : [])].some((part) => text.includes(part));
}

function versionOf(name) {
  const folder = name.endsWith("/") ? `${name}openai` : name;
  const manifest = `node_modules/${folder}/package.json`;
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}
