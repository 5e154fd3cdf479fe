import type { KeptTexts } from "../../../src/dashboard/page/browser/tokenStore.ts";

/** The storage of a browser, in memory. */
export class MemoryTexts implements KeptTexts {
  readonly texts = new Map<string, string>();
  /** Texts that are longer are refused, as a browser refuses them. */
  maxLength = Infinity;

  getItem(name: string): string | null {
    return this.texts.get(name) ?? null;
  }

  setItem(name: string, text: string): void {
    if (text.length > this.maxLength) throw new Error("QuotaExceededError");
    this.texts.set(name, text);
  }

  removeItem(name: string): void {
    this.texts.delete(name);
  }
}
