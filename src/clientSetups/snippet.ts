import { type Entry, isFileWay, type SetupPlace, type SetupWay } from "./setup.ts";
import type { Json } from "../protocol/values.ts";

/** A way as people read it. */
export interface Snippet {
  readonly kind: SetupWay["kind"];
  readonly format: SetupWay["format"];
  /** The file that it belongs to, as the table has it. */
  readonly file?: string;
  readonly text: string;
}

/** In place of a token that is not there. */
const NO_TOKEN = "<token>";

/**
 * Returns the text of a way.
 * @param token in place of the client's reference to the variable, and for clients that have none
 */
export function snippetOf(way: SetupWay, { url, token }: { readonly url: string; readonly token?: string }): Snippet {
  const { kind, format } = way;
  if (!isFileWay(way)) return { kind, format, text: way.text({ url }) };
  const place: SetupPlace = { url, token: token ?? way.variable ?? NO_TOKEN };
  const text = way.format === "yaml" ? way.text(place) : entryText(way.format, way.entry(place));
  return { kind, format, file: way.file, text: text.trimEnd() };
}

function entryText(format: "json" | "toml", entry: Entry): string {
  return format === "toml" ? tomlTable(entry) : JSON.stringify(nested(entry), undefined, 2);
}

function nested({ path: [first = "", ...others], value, item }: Entry): Json {
  const inner = others.toReversed().reduce<Json>((at, key) => ({ [key]: at }), value);
  return { [first]: inner, ...(item !== undefined && { [item.list]: [item.value] }) };
}

/** Returns a table of plain values, as TOML has it. */
export function tomlTable({ path, value }: Entry): string {
  const lines = Object.entries(value).map(([key, item]) => `${key} = ${JSON.stringify(item)}`);
  return [`[${path.join(".")}]`, ...lines, ""].join("\n");
}
