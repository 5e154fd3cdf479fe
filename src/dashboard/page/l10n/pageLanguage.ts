import * as z from "zod";
import { setLanguage, type Texts } from "./language.ts";

/** The languages of `l10n/` that a browser can load. In the editor, the host gives the texts to the page. */
const LANGUAGES = ["de"] as const;
/** The deadline for texts, in milliseconds. Then the page is in English. */
const LOAD_MS = 10_000;

const textsSchema = z.record(z.string(), z.string());

/**
 * Chooses the language before anything is rendered. In the editor, its texts are in the page (dashboardHtml.ts); in a
 * browser, they are loaded from a file next to the page's script, in the first language of the user that there is. Never rejects: without texts the page is in English.
 */
export async function chooseLanguage(pageScript: string): Promise<void> {
  const given = document.querySelector<HTMLMetaElement>('meta[name="l10n"]')?.content;
  if (given !== undefined) return show(document.documentElement.lang, parsed(given));
  const language = navigator.languages.map((tag) => tag.split("-")[0]).find(isAvailable);
  if (language === undefined || language === "en") return show("en", {});
  const texts = await load(new URL(`l10n.${language}.json`, pageScript).href);
  show(texts === undefined ? "en" : language, texts ?? {});
}

function isAvailable(language: string | undefined): language is (typeof LANGUAGES)[number] | "en" {
  return language === "en" || LANGUAGES.some((known) => known === language);
}

/** Keeps the region of the browser for dates and numbers, if its language is that of the page. */
function show(language: string, texts: Texts): void {
  document.documentElement.lang = language;
  const [ofBrowser] = navigator.language.split("-");
  setLanguage(ofBrowser === language.split("-")[0] ? navigator.language : language, texts);
}

async function load(url: string): Promise<Texts | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LOAD_MS) });
    return response.ok ? parsed(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns no texts for what is not valid. */
function parsed(json: string): Texts {
  try {
    return textsSchema.parse(JSON.parse(json));
  } catch {
    return {};
  }
}
