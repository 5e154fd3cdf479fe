import type { ParseBlocks } from "./blocks.ts";

/**
 * Returns a function that reads the parser on first use: it is a file of its own next to the page's script, whose nonce it
 * inherits. Undefined when it cannot be read: then text stays text.
 */
export function lazyParser(pageScript: string): () => Promise<ParseBlocks | undefined> {
  let loading: Promise<ParseBlocks | undefined> | undefined;
  return () => (loading ??= load(new URL("markdown.js", pageScript).href));
}

async function load(url: string): Promise<ParseBlocks | undefined> {
  const loaded: unknown = await import(url).catch(() => undefined);
  return isParser(loaded) ? loaded.parseBlocks : undefined;
}

function isParser(module: unknown): module is { readonly parseBlocks: ParseBlocks } {
  return (
    typeof module === "object" && module !== null && "parseBlocks" in module && typeof module.parseBlocks === "function"
  );
}
