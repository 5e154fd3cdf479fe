import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkAgainstSchema, checkSettings } from "../../support/guides/checkJson.ts";
import { type GuideBridge, startGuideBridge } from "../../support/guides/guideBridge.ts";
import { isInstalled } from "../../support/guides/program.ts";
import { compileSnippets, interpreters, runSnippets, runUntil, sendHttp } from "../../support/guides/runSnippets.ts";
import { hasOutput, snippetsIn } from "../../support/guides/snippets.ts";

const root = join(import.meta.dirname, "../../..");
const guides = readdirSync(join(root, "docs/guides")).map((file) => `docs/guides/${file}`);
const documents = [...guides, "docs/npm-package.md"];
const snippetsOf = new Map(documents.map((file) => [file, snippetsIn(file)]));
const all = [...snippetsOf.values()].flat();
/** What a document may have, and who proves it: an interpreter, the bridge, or a schema. */
const provable = new Set([...Object.keys(interpreters), "http", "json"]);
/** Raise it only for what cannot run here; the comment above the snippet says why. */
const NOT_RUN = 7;

describe("The guides", () => {
  let guide: GuideBridge;

  before(async () => {
    guide = await startGuideBridge();
  });

  after(() => guide.dispose());

  for (const [file, snippets] of snippetsOf) {
    for (const language of Object.keys(interpreters)) {
      const own = snippets.filter((snippet) => snippet.language === language);
      const runnable = own.filter(({ how }) => how.kind === "run");
      if (!runnable.some(({ place }) => place.startsWith(file))) continue;

      it(`${file}: runs its ${language} samples`, async function () {
        await skipWithout(this, language, guide);
        const outputs = await runSnippets(guide, language, runnable);
        assert.equal(outputs.length, runnable.length);
        for (const [index, { place, output }] of runnable.entries()) {
          const printed = outputs[index] ?? "";
          if (output !== undefined) assert.ok(hasOutput(printed, output), `${place} has printed:\n${printed}`);
        }
      });
    }
  }

  for (const snippet of all.filter(({ how }) => how.kind === "run until")) {
    it(`${snippet.place}: shows what happens until it is interrupted`, async function () {
      await skipWithout(this, snippet.language, guide);
      const before = [...snippetsOf.values()].find((each) => each.includes(snippet)) ?? [];
      const named = before.filter(({ name, language }) => name !== undefined && language === snippet.language);
      await runUntil(guide, named, snippet);
    });
  }

  for (const snippet of all.filter(({ language, how }) => language === "http" && how.kind === "run")) {
    it(`${snippet.place}: sends the request`, async () => {
      const text = await sendHttp(guide, snippet);
      if (snippet.output !== undefined) assert.ok(hasOutput(text, snippet.output), text);
    });
  }

  it("compile their TypeScript as one program", async () => {
    const snippets = all.filter(({ language, how }) => language === "ts" && how.kind !== "not run");
    assert.equal(await compileSnippets(guide, snippets), "");
  });
});

/** Samples for a POSIX shell run where there is one; others where their interpreter is installed. */
async function skipWithout(test: Mocha.Context, language: string, { env }: GuideBridge): Promise<void> {
  const command = interpreters[language]?.command ?? "";
  const isShellOfWindows = language === "sh" && process.platform === "win32";
  if (isShellOfWindows || !(await isInstalled(command, env))) test.skip();
}

describe("The snippets of the guides", () => {
  it("are proved, or say why they are not", () => {
    const unproved = all.filter(({ language, how }) => !provable.has(language) && how.kind !== "not run");
    assert.deepEqual(
      unproved.map(({ place, language }) => `${place} (${language}) needs a comment: <!-- not run: why -->`),
      [],
    );
    const skipped = all.filter(({ how }) => how.kind === "not run");
    assert.deepEqual(
      skipped.filter(({ how }) => how.kind === "not run" && how.reason.length < 10).map(({ place }) => place),
      [],
    );
    assert.equal(skipped.length, NOT_RUN, "the number of snippets that nothing proves has changed");
  });

  it("have the Dart of the package's own README, whose syntax and names are checked", () => {
    const samples = readFileSync(join(root, "clients/dart/README.md"), "utf8");
    const dart = all.filter(({ language }) => language === "dart");
    assert.ok(dart.length > 0);
    for (const { code, place } of dart) assert.ok(samples.includes(code), place);
  });

  for (const snippet of all.filter(({ language }) => language === "json")) {
    it(`${snippet.place}: fits the API, or the settings`, () => {
      const { how } = snippet;
      if (how.kind === "schema") checkAgainstSchema(snippet, how.name);
      else checkSettings(snippet);
    });
  }

  it("are listed in the index of the guides", () => {
    const index = readFileSync(join(root, "docs/guides/README.md"), "utf8");
    const missing = guides.map((file) => file.slice("docs/guides/".length)).filter((file) => file !== "README.md");
    assert.deepEqual(
      missing.filter((file) => !index.includes(`](${file})`)),
      [],
    );
  });
});
