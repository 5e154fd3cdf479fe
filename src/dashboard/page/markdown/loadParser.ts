import type { ParseBlocks } from "./blocks.ts";

/**
 * Returns a function that loads the parser on first use: a separate file next to the page's script, whose nonce it
 * inherits. It resolves with undefined if the file cannot be loaded, and text is then shown as it is.
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
