/** Returns true for a block with a text, in a body that is not checked yet. */
export function isText(block: unknown): block is { readonly text: string } {
  return typeof block === "object" && block !== null && "text" in block && typeof block.text === "string";
}
