/** One line of what is written in several. */
export function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** What stands under a heading, up to the next one. */
export function sectionOf(markdown: string, heading: string): string {
  const [, rest] = `\n${markdown}`.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`there is no heading ${heading}`);
  return rest.split(/^#/m)[0] ?? "";
}

/** What stands under a heading of the second level, with its sections. */
export function chapterOf(markdown: string, heading: string): string {
  const [, rest] = markdown.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`there is no heading ${heading}`);
  return rest.split(/^## /m)[0] ?? "";
}

/** The rows of the first table, each with its cells, without the head. */
export function tableOf(markdown: string): string[][] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map(cellsOf);
}

function cellsOf(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** A promise, and the test that fails when it is broken; or why there is none. */
export interface PromiseRow {
  /** As it stands in the text. */
  readonly phrase: string;
  /** Of the folder `test`, without its ending. */
  readonly file?: string;
  readonly title?: string;
  /** Why it promises nothing of ours. */
  readonly reason?: string;
}

/** Reads a table of `| phrase | file: title |`, where `–: reason` stands for a sentence that promises nothing. */
export function promisesIn(markdown: string): PromiseRow[] {
  const rows = markdown.split("\n").filter((line) => /^\| (?!-|Promise )/.test(line));
  return rows.map((row) => {
    const [phrase = "", test = ""] = cellsOf(row);
    const [, file = "", title = ""] = /^(\S+): (.*)$/.exec(test) ?? [];
    return file === "–" ? { phrase, reason: title } : { phrase, file, title };
  });
}

/** The sentences of a Markdown text: a row of a table is one, code and generated tables are none. */
export function sentencesOf(markdown: string): string[] {
  const prose = markdown
    .replaceAll(/^```\w*\n.*?^```$/gms, "")
    .replaceAll(/^<!-- (\w+):start.*?<!-- \1:end -->$/gms, "")
    .replaceAll(/^#.*$/gm, "")
    .replaceAll(/^\|[-|]+$/gm, "")
    .replaceAll(/^(?=- |\| )/gm, "\n");
  return prose.split(/\n\s*\n/).flatMap((block) => {
    const line = inOneLine(block).trim();
    return line.startsWith("|") ? [line] : line.split(/(?<=[.!?][")]*) (?=[-*"`([]*[A-Z0-9])/);
  });
}

/** Words that bind: a sentence with one of them says what is always, or never, so, or how much. */
const binding =
  /\b(?:never|nobody|no|nothing|none|not|neither|always|every|each|all|any|only|alone|same|first|both|still|once|at most|at least|by itself|automatically|by default|within|without|until|cannot|whatever|as soon as|two|three|four|five|ten)\b|\d/i;

/** Returns whether a sentence binds: its words alone, since the address of a link says nothing. */
export function isPromise(sentence: string): boolean {
  return binding.test(sentence.replaceAll(/\]\([^)\s]*\)/g, "]"));
}
