import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** Comments in the style of VS Code's sources: a doc comment begins with a verb or a noun, not with a question. */
const questionStart = /^(?:what|how|where|whether|who|whoever|whom|whose|why|which)\b/i;

/** Homely words, with the standard terms that replace them. */
const homely: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bdoors?\b/i, "entry point, endpoint, listener, handler"],
  [/\bdesks?\b/i, "queue, registry, pending …"],
  [/\bdeeds?\b/i, "action"],
  [/\bcrowd\w*/i, "many clients, full queue, backpressure"],
  [/\bheed\w*/i, "applies, follows, handles"],
  [/\bbearable\b/i, "a limit with its number"],
  [/\banew\b/i, "again"],
  [/\bcrumbs?\b/i, "very small chunks"],
  [/\bwhoever\b/i, "the client, the caller, the user"],
  [/\bsomebody\b/i, "a client, the user, another program"],
  [/\bby (?:itself|themselves)\b/i, "automatically, on its own, separately"],
  [/\bbeside\b/i, "next to, in addition to"],
  [/\bstands?\b/i, "is, is stored, represents"],
  [/\btells? of\b/i, "reports, notifies"],
  [/\bhears?\b/i, "receives, is notified"],
  [/\bin line\b/i, "in the queue"],
  [/\bin one go\b/i, "at once, in one batch"],
  [/\bthe one who\b/i, "the client, the caller, the user"],
];

interface Comment {
  /** `file:line`, to be opened from a failure message. */
  readonly place: string;
  readonly isDoc: boolean;
  readonly text: string;
}

function sources(): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file.split(sep).join("/")}`)
      .filter((file) => /\.m?ts$|\.mjs$/.test(file));
  return [...inFolder("src"), ...inFolder("scripts"), "esbuild.mjs"];
}

/** Finds block comments and whole-line or trailing `//` comments. A `//` inside a string is not preceded by white space. */
function commentsOf(file: string, source: string): Comment[] {
  return [...source.matchAll(/\/\*(\*?)(?!\*)([\s\S]*?)\*\/|(?<=^|\s)\/\/ (.*)/gm)].map((match) => ({
    place: `${file}:${source.slice(0, match.index).split("\n").length}`,
    isDoc: match[1] === "*",
    text: (match[2] ?? match[3] ?? "").replaceAll(/\s*\n\s*\*?\s*/g, " ").trim(),
  }));
}

const comments = sources().flatMap((file) => commentsOf(file, readFileSync(join(root, file), "utf8")));

describe("The comments", () => {
  it("are found by this test", () => {
    assert.deepEqual(
      commentsOf("x.ts", '/** How\n * long. */\nconst url = "http://x"; // why\n/* plain */\n').map(
        ({ place, isDoc, text }) => [place, isDoc, text],
      ),
      [
        ["x.ts:1", true, "How long."],
        ["x.ts:3", false, "why"],
        ["x.ts:4", false, "plain"],
      ],
    );
    assert.ok(comments.length > 1000);
  });

  it("begin with a verb or a noun where they document something", () => {
    // Those are the descriptions of fields in the OpenAPI document.
    const generated = "src/client/wireTypes.ts:";
    const questions = comments
      .filter(({ isDoc, text, place }) => isDoc && questionStart.test(text) && !place.startsWith(generated))
      .map(({ place, text }) => `${place} begin with a verb or a noun instead: ${text}`);
    assert.equal(questions.length, 0, `\n${questions.join("\n")}`);
  });

  it("use the field's terms instead of homely words", () => {
    const found = comments.flatMap(({ place, text }) =>
      homely
        .filter(([word]) => word.test(text.replaceAll(/`[^`]*`/g, "")))
        .map(([word, instead]) => `${place} "${word.exec(text)?.[0]}", say ${instead}: ${text}`),
    );
    assert.equal(found.length, 0, `\n${found.join("\n")}`);
  });
});
