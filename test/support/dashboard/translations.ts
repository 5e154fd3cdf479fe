import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { repositoryRoot } from "../editor/paths.ts";

const textsSchema = z.record(z.string(), z.string());

/** Reads the texts of a language by the English ones, as the package has them. */
export function readTexts(language: "de"): Readonly<Record<string, string>> {
  const file = join(repositoryRoot, "l10n", `bundle.l10n.${language}.json`);
  return textsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}
