import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { manual } from "../../support/checks/manual.ts";
import {
  chapterOf,
  inOneLine,
  isPromise,
  promisesIn,
  type PromiseRow,
  sectionOf,
  sentencesOf,
} from "../../support/checks/promises.ts";

const root = join(import.meta.dirname, "../../..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");
const texts = z.record(z.string(), z.string()).parse(JSON.parse(text("package.nls.json")));
const promises = (file: string): PromiseRow[] => promisesIn(text(join("test/promises", file)));

const ofSettings = promises("settings.md");
const ofOpenApi = promises("openapi.md");
const ofGuides = promises("guides.md");
const ofArchives = promises("archives.md");
const ofReleases = promises("releases.md");
const ofImages = promises("images.md");
const ofServe = promises("serve.md");
const ofUpgrading = promises("upgrading.md");
const elsewhere = [
  "settings.md",
  "openapi.md",
  "guides.md",
  "archives.md",
  "releases.md",
  "images.md",
  "serve.md",
  "upgrading.md",
];
const ofManual = readdirSync(join(root, "test/promises"))
  .filter((file) => !elsewhere.includes(file))
  .flatMap(promises);

/** What a row covers: the sentences that have its phrase, or the rows of the table under its heading. */
function coveredBy(rows: readonly PromiseRow[], markdown: string): (sentence: string) => boolean {
  const tables = rows.flatMap(({ phrase }) => (phrase.startsWith("table: ") ? [phrase.slice("table: ".length)] : []));
  const rowsOfTables = new Set(
    tables.flatMap((heading) =>
      sentencesOf(sectionOf(markdown, heading)).filter((sentence) => sentence.startsWith("|")),
    ),
  );
  return (sentence) => rowsOfTables.has(sentence) || rows.some(({ phrase }) => sentence.includes(phrase));
}

/** Whether a file has a test of this title, or a suite, and runs it. */
function hasTest({ file = "", title = "" }: PromiseRow): boolean {
  const path = join(root, "test", `${file}.test.ts`);
  if (!existsSync(path)) return false;
  const quoted = ['"', "`"].map((quote) => `(${quote}${title}${quote},`);
  const code = readFileSync(path, "utf8").replaceAll(/\(\s+/g, "(");
  return quoted.some((call) => code.includes(`it${call}`) || code.includes(`describe${call}`));
}

/** Returns the text of a guide without its comments, which are for its tests. */
const guide = (file: string): string => text(join("docs", file)).replaceAll(/^<!--.*-->$/gm, "");
const guides = readdirSync(join(root, "docs/guides")).map((file) => guide(join("guides", file)));
const releases = [
  "## One set of files",
  "## Pre-releases",
  "## What the workflow does",
  "## Programs",
  "## When a registry fails",
]
  .map((heading) => chapterOf(text("docs/release.md"), heading))
  .join("\n\n");
/** What is said of the images, without the table that says which tests show it. */
const [images = ""] = text("docs/containers.md").split("\n## What was proved and how\n");
const ofNls = Object.values(texts);

/** The descriptions that are somewhere in a document. */
function descriptionsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    (key === "description" || key === "summary") && typeof inner === "string" ? [inner] : descriptionsIn(inner),
  );
}

for (const [name, rows, markdown] of [
  ["README.md and docs/manual", ofManual, manual],
  ["docs/guides", ofGuides, guides.join("\n\n")],
  ["docs/exports.md about archives", ofArchives, chapterOf(guide("exports.md"), "## Archive")],
  ["docs/release.md about what is published", ofReleases, releases],
  ["docs/containers.md", ofImages, images],
  ["docs/serve.md", ofServe, text("docs/serve.md")],
  ["docs/upgrading.md", ofUpgrading, text("docs/upgrading.md")],
  ["package.nls.json", ofSettings, ofNls.join("\n\n")],
  ["docs/openapi.json", ofOpenApi, descriptionsIn(JSON.parse(text("docs/openapi.json"))).join("\n\n")],
] as const) {
  describe(`Every promise of ${name}`, () => {
    const sentences = sentencesOf(markdown);

    it("has a row that names its test", () => {
      const isCovered = coveredBy(rows, markdown);
      const without = sentences.filter((sentence) => isPromise(sentence) && !isCovered(sentence));
      assert.deepEqual(
        without,
        [],
        "give each of these a row in test/promises, or write it so that it is true and tested",
      );
    });

    it("contains the phrase of each row", () => {
      const line = inOneLine(markdown);
      const gone = rows.filter(({ phrase }) => !phrase.startsWith("table: ") && !line.includes(phrase));
      assert.deepEqual(gone, []);
    });

    it("has an existing test, or a reason why there is none", () => {
      const missing = rows.filter((row) => row.reason === undefined && !hasTest(row));
      assert.deepEqual(missing, []);
      for (const { reason, phrase } of rows) assert.notEqual(reason, "", phrase);
    });
  });
}
