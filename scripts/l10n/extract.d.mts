type Entry = string | { readonly message: string; readonly comment: readonly string[] };

/** Returns the entries of the bundle for some sources, sorted. */
export function extractTexts(
  sources: readonly { readonly file: string; readonly contents: string }[],
): Promise<Readonly<Record<string, Entry>>>;

/** Returns the English text of an entry of the bundle, whose key may have a comment. */
export function textOf(key: string, entry: Entry | undefined): string;

/** Returns an object with its keys in an order that does not depend on the machine. */
export function sorted<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>>;
