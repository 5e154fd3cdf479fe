import type uPlot from "uplot";

// Known only while the page's script runs for the first time.
const pageScript = document.currentScript;
let loading: Promise<typeof uPlot | undefined> | undefined;

/**
 * Loads the plotting library on first use: a separate file next to the page's script, whose nonce it inherits. Resolves with
 * undefined if the file cannot be loaded, and charts then have their texts only.
 */
export function loadPlot(): Promise<typeof uPlot | undefined> {
  return (loading ??= load());
}

async function load(): Promise<typeof uPlot | undefined> {
  if (!(pageScript instanceof HTMLScriptElement)) return undefined;
  const loaded: unknown = await import(new URL("uplot.js", pageScript.src).href).catch(() => undefined);
  return isPlot(loaded) ? loaded.default : undefined;
}

function isPlot(module: unknown): module is { readonly default: typeof uPlot } {
  return typeof module === "object" && module !== null && "default" in module && typeof module.default === "function";
}
