import type { Page } from "playwright-core";
import * as z from "zod";
import { readTexts } from "./translations.ts";

/** What people are shown or told: texts, and the attributes that have texts. */
const collect = `(() => {
  const found = [];
  const attributes = ["aria-label", "title", "placeholder", "aria-valuetext", "label"];
  const visit = (node) => {
    if (node instanceof Text) found.push(node.data);
    if (node instanceof Element) {
      if (["SCRIPT", "STYLE"].includes(node.tagName)) return;
      for (const name of attributes) if (node.hasAttribute(name)) found.push(node.getAttribute(name));
      if (node.shadowRoot) visit(node.shadowRoot);
    }
    for (const child of node.childNodes) visit(child);
  };
  visit(document.body);
  return found.map((text) => text.replace(/\\s+/g, " ").trim()).filter((text) => /\\p{L}/u.test(text));
})()`;

/** Returns everything that a page shows or tells assistive technology. */
export async function shownTexts(page: Page): Promise<string[]> {
  return z.array(z.string()).parse(await page.evaluate(collect));
}

/** Finds English texts of the bundle in texts that are shown in another language. Texts that are the same there do not count. */
export class EnglishText {
  readonly #patterns: readonly { readonly key: string; readonly pattern: RegExp }[];
  readonly #quoted: ReadonlySet<string>;

  /** @param quoted texts of programs and of the bridge, which are shown as they are */
  constructor(language: "de", quoted: readonly string[]) {
    this.#quoted = new Set(quoted);
    this.#patterns = Object.entries(readTexts(language))
      .filter(([key, text]) => key !== text && lettersOf(key) > 3)
      .filter(([key]) => !key.includes("/"))
      .map(([key]) => ({ key, pattern: patternOf(key) }));
  }

  /** Returns the English texts that are left, each with the place where it was found. */
  leftIn(texts: readonly string[]): string[] {
    return texts.flatMap((shown) =>
      (this.#quoted.has(shown) ? [] : this.#patterns)
        .filter(({ pattern }) => shown.split(" · ").some((part) => pattern.test(part)))
        .map(({ key }) => `${key}: ${shown}`),
    );
  }
}

/** Returns the number of letters outside placeholders: with three, "{0} for {1}" would match any sentence. */
function lettersOf(text: string): number {
  return text.replaceAll(/\{\w+\}/g, "").match(/\p{L}/gu)?.length ?? 0;
}

/** Matches a whole text, with any values for its placeholders. */
function patternOf(key: string): RegExp {
  const parts = key.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]{0,300}?")}$`);
}
