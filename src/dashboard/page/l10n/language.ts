import * as l10n from "@vscode/l10n";

/** The texts of a language by their English ones, like l10n/bundle.l10n.de.json. */
export type Texts = Readonly<Record<string, string>>;

/** The locale of the page. Undefined: that of the browser. */
let current: string | undefined;

/** Shows the page in a language from now on. Texts that are missing are English. */
export function setLanguage(locale: string | undefined, texts: Texts): void {
  current = locale;
  l10n.config({ contents: { ...texts } });
}

/** Creates a formatter for the language of the page when it is first needed. */
export function inLanguage<T>(create: (locale: string | undefined) => T): () => T {
  let known: { readonly locale: string | undefined; readonly value: T } | undefined;
  return () => {
    if (known === undefined || known.locale !== current) known = { locale: current, value: create(current) };
    return known.value;
  };
}

const rules = inLanguage((locale) => new Intl.PluralRules(locale));

/** Selects the sentence for a number: that for one, or that for several. */
export function plural(value: number, one: string, other: string): string {
  return rules().select(value) === "one" ? one : other;
}

/** Replaces the placeholders of a text, such as `{name}`, by nodes for a template. */
export function withNodes(text: string, nodes: Readonly<Record<string, unknown>>): readonly unknown[] {
  return text.split(/\{(\w+)\}/).map((part, at) => (at % 2 === 0 ? part : nodes[part]));
}
