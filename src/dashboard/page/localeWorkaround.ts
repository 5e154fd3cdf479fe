/**
 * Works around browsers on machines with the POSIX locale, whose language "en-US@posix" is rejected by `Intl`. uPlot
 * uses it while it is loaded, so this module must be imported first.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US" });
}
