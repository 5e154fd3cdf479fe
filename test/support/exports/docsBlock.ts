import { snippetsIn } from "../guides/snippets.ts";

/** Returns the block of docs/exports.md with this name, for a test that does with it what its readers do. */
export function docsBlock(name: string): string {
  const block = snippetsIn("docs/exports.md").find((each) => each.name === name);
  if (block === undefined) throw new Error(`docs/exports.md has no block '${name}'.`);
  return block.code;
}
