type Entry = string | { readonly message: string; readonly comment: readonly string[] };

/** Compares a translation with the English texts. Returns the problems as sentences. */
export function problemsOf(
  english: Readonly<Record<string, Entry>>,
  translated: Readonly<Record<string, string>>,
  isSame: (text: string) => boolean,
): string[];

/** Merges the parts of a translation. @throws Error if two of them translate a key differently */
export function mergeParts(
  parts: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, string>>;
