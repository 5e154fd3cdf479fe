import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const folder = "docs/manual";

/** What users read: README.md, and the pages of docs/manual. */
const manualFiles: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, folder))
    .toSorted()
    .map((name) => `${folder}/${name}`),
];

/** Returns the text of a page of docs/manual. */
export function manualPage(name: string): string {
  return readFileSync(join(root, folder, `${name}.md`), "utf8");
}

/** The text of README.md and of all pages of docs/manual. */
export const manual: string = manualFiles.map((file) => readFileSync(join(root, file), "utf8")).join("\n\n");
