import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Frame, Page } from "playwright-core";
import * as z from "zod";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const results = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullish(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

/**
 * What axe-core finds in the page that is serious or critical, a line for each; none is the aim.
 * @param part a selector of the part that is checked
 */
export async function seriousFindings(page: Page | Frame, part = "html"): Promise<string[]> {
  await page.evaluate(source);
  const found = results.parse(await page.evaluate(`axe.run(${JSON.stringify(part)}, { resultTypes: ['violations'] })`));
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary = "" }) => `${id}: ${html} ${failureSummary}`));
}
