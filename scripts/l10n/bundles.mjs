// Writes l10n/bundle.l10n.json from the sources, and the bundle of each other language from its parts, such as
// l10n/de/host.json. Fails if a translation is not complete (l10n/README.md). With --check, only verifies the bundles.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sentences } from "../../src/host/language/sentences.ts";
import { extractTexts, sorted, textOf } from "./extract.mjs";
import { mergeParts, problemsOf } from "./translation.mjs";

const languages = ["de"];
const onlyChecks = process.argv.includes("--check");

// Every part of a translation has the texts of some rooms: the dashboard's, and all others.
const files = readdirSync("src", { recursive: true })
  .map((name) => join("src", name).replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"))
  .toSorted();
const sources = files.map((file) => ({ file, contents: readFileSync(file, "utf8") }));
const isOfDashboard = ({ file }) => file.startsWith("src/dashboard/");
const called = await extractTexts(sources.filter((source) => !isOfDashboard(source)));
const host = sorted({ ...called, ...Object.fromEntries(sentences.map((text) => [text, text])) });
const dashboard = await extractTexts(sources.filter(isOfDashboard));
const english = { ...host, ...dashboard };
const manifest = read("package.nls.json");

write("l10n/bundle.l10n.json", english);
for (const language of languages) {
  const folder = `l10n/${language}`;
  const parts = Object.fromEntries(["host.json", "dashboard.json"].map((part) => [part, read(`${folder}/${part}`)]));
  const translated = mergeParts(parts);
  const ofManifest = read(`package.nls.${language}.json`);
  const same = new Set(read(`${folder}/same.json`));
  const isSame = (text) => same.has(text);
  tell(`l10n/bundle.l10n.${language}.json`, problemsOf(english, translated, isSame));
  tell(`package.nls.${language}.json`, problemsOf(manifest, ofManifest, isSame));
  const used = new Set([
    ...Object.entries(english).map(([key, entry]) => textOf(key, entry)),
    ...Object.values(manifest),
  ]);
  tell(
    `${folder}/same.json`,
    [...same].filter((text) => !used.has(text)).map((text) => `left over: ${text}`),
  );
  write(`l10n/bundle.l10n.${language}.json`, inOrderOf(english, translated));
}

/** In the order of the English bundle, for the reader. */
function inOrderOf(entries, texts) {
  return Object.fromEntries(
    Object.keys(entries).flatMap((key) => (texts[key] === undefined ? [] : [[key, texts[key]]])),
  );
}

function read(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

function write(file, entries) {
  const text = `${JSON.stringify(entries, undefined, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  if (onlyChecks) tell(file, ["not as its sources say; run node scripts/l10n/bundles.mjs"]);
  else writeFileSync(file, text);
}

function tell(file, problems) {
  for (const problem of problems) console.error(`${file}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
