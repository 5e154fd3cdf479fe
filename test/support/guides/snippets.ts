import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** A fenced block of a Markdown document, and how it is proved. */
export interface Snippet {
  /** `docs/guides/errors.md:12`, to be opened from a failure message. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  readonly how: SnippetCheck;
  /** The output that the document shows: the `text` block that follows. `…` represents any text. */
  readonly output?: string;
  /** For other snippets to use: `<!-- name: bridge -->`. */
  readonly name?: string;
}

/**
 * From the comments directly above the fence: `<!-- not run: why -->`, `<!-- run until: text -->` (the program runs on
 * until it has printed the text, and is then interrupted), `<!-- schema: Name -->` (of docs/openapi.json, or plugin.json).
 */
type SnippetCheck =
  | { readonly kind: "run" }
  | { readonly kind: "not run"; readonly reason: string }
  | { readonly kind: "run until"; readonly text: string }
  | { readonly kind: "schema"; readonly name: string };

const FENCE = /^(?<marks>(?:<!-- [^\n]* -->\n)*)```(?<language>\S*)\n(?<code>.*?)^```$/gms;
const MARK = /^<!-- (not run|run until|schema|uses|name): (.*) -->$/;

/** Returns the blocks of a document, preceded by the blocks of other documents that it uses. */
export function snippetsIn(file: string): Snippet[] {
  const text = readFileSync(join(root, file), "utf8");
  const blocks = blocksOf(file, text);
  const used = [...text.matchAll(/^<!-- uses: (\S+)#(\S+) -->$/gm)].map(([, other = "", name = ""]) => {
    const path = join(file, "..", other);
    const found = blocksOf(path, readFileSync(join(root, path), "utf8")).find((block) => block.name === name);
    if (found === undefined) throw new Error(`${file} uses ${other}#${name}, and there is no such block.`);
    return found;
  });
  return [...used, ...blocks];
}

/** Parses a document. A `text` block is no snippet: it is the output of the snippet before it. */
export function blocksOf(file: string, text: string): Snippet[] {
  const blocks: Snippet[] = [];
  for (const match of text.matchAll(FENCE)) {
    const { marks = "", language = "", code = "" } = match.groups ?? {};
    const last = blocks.at(-1);
    const place = `${file}:${text.slice(0, match.index + marks.length).split("\n").length}`;
    if (language === "text" && marks === "") {
      if (last === undefined || last.output !== undefined) throw new Error(`${place} is the output of nothing.`);
      blocks[blocks.length - 1] = { ...last, output: code };
    } else {
      const { how, name } = readMarks(place, marks);
      blocks.push({ place, language, code, how, ...(name !== undefined && { name }) });
    }
  }
  return blocks;
}

function readMarks(place: string, marks: string): { readonly how: SnippetCheck; readonly name?: string } {
  let how: SnippetCheck = { kind: "run" };
  let name: string | undefined;
  for (const line of marks.split("\n").filter((each) => each !== "")) {
    const [, kind, value = ""] = MARK.exec(line) ?? [];
    if (kind === "not run") how = { kind, reason: value };
    else if (kind === "run until") how = { kind, text: value };
    else if (kind === "schema") how = { kind, name: value };
    else if (kind === "name") name = value;
    else if (kind !== "uses") throw new Error(`${place} has a comment that nobody reads: ${line}`);
  }
  return { how, ...(name !== undefined && { name }) };
}

/** Returns true if the text has the expected output somewhere, where `…` in it represents any text. */
export function hasOutput(text: string, expected: string): boolean {
  const parts = expected
    .trim()
    .split("…")
    .map((part) => part.trim());
  let at = 0;
  return parts.every((part) => {
    const found = text.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}
