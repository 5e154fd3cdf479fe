import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { repositoryRoot } from "../editor/paths.ts";

export const themeNames = ["dark", "light", "hcDark", "hcLight"] as const;
export type ThemeName = (typeof themeNames)[number];

const theme = z.object({ class: z.string(), variables: z.record(z.string(), z.string()) });
const file = join(repositoryRoot, "test", "fixtures", "themes", "themes.json");

/** The colours that the real editor gives a webview, as far as the dashboard uses them: of its default themes, 1.139. */
export const themes = z.record(z.enum(themeNames), theme).parse(JSON.parse(readFileSync(file, "utf8")));
