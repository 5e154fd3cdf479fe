/**
 * A browser on a machine with the POSIX locale names its language "en-US@posix", which no part of `Intl` takes; uPlot
 * asks for it while it is loaded. So this comes first, and names a language that all understand.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US" });
}
