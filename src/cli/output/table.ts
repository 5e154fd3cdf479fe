import { plainLine } from "./plainText.ts";
import type { Style } from "./style.ts";

/** A cell: a text of the bridge, and how it is painted once it is padded. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/** Renders rows as columns, one row per line. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string {
  const texts = rows.map((row) => row.map((cell) => plainLine(typeof cell === "string" ? cell : cell.text)));
  const widths = heads.map((head, at) => Math.max(head.length, ...texts.map((row) => row[at]?.length ?? 0)));
  const pad = (text: string, at: number, count: number): string =>
    at === count - 1 ? text : text.padEnd((widths[at] ?? 0) + 2);
  const headLine = style.bold(heads.map((head, at) => pad(head, at, heads.length)).join(""));
  const lines = rows.map((row, rowAt) =>
    row
      .map((cell, at) => {
        const padded = pad(texts[rowAt]?.[at] ?? "", at, row.length);
        return typeof cell === "string" ? padded : cell.paint(padded);
      })
      .join("")
      .trimEnd(),
  );
  return [headLine, ...lines].map((line) => `${line}\n`).join("");
}
