import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { type Node, parse } from "acorn";
import { full } from "acorn-walk";
import { hostileTexts } from "../../support/checks/hostileTexts.ts";

const src = join(import.meta.dirname, "../../../src");
/** What is quadratic takes 100 ms and more for this many characters; what is linear, microseconds. */
const SHORT = 16 * 1024;
const SHORT_MS = 20;
const LONG = 1024 * 1024;
const LONG_MS = 100;
const ROUNDS = 3;

interface Pattern {
  readonly place: string;
  readonly pattern: RegExp;
}

const patterns = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => patternsIn(file));

function patternsIn(file: string): Pattern[] {
  const found: Pattern[] = [];
  const code = stripTypeScriptTypes(readFileSync(join(src, file), "utf8"));
  full(parse(code, { ecmaVersion: "latest", sourceType: "module", locations: true }), (node) => {
    const pattern = patternOf(node);
    if (pattern !== undefined) found.push({ place: `src/${file}:${node.loc?.start.line}`, pattern });
  });
  return found;
}

function patternOf(node: Node): RegExp | undefined {
  const { regex } = node as { readonly regex?: { readonly pattern: string; readonly flags: string } };
  return node.type === "Literal" && regex !== undefined ? new RegExp(regex.pattern, regex.flags) : undefined;
}

/** CPU time of this process, not of the machine: a busy neighbour does not count. The best of several rounds. */
function cpuMs(pattern: RegExp, text: string, enoughMs: number): number {
  const everywhere = new RegExp(pattern.source, [...new Set(`${pattern.flags}g`)].join(""));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && best > enoughMs; round++) {
    const before = process.cpuUsage();
    text.replace(everywhere, "");
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

describe("Every regular expression in src", () => {
  it("is found", () => assert.ok(patterns.length > 50, `only ${patterns.length} were found`));

  for (const { place, pattern } of patterns) {
    it(`takes linear time on hostile text: ${place}`, () => {
      let worst = { ms: 0, text: "" };
      for (const text of hostileTexts(pattern, SHORT)) {
        const ms = cpuMs(pattern, text, SHORT_MS);
        assert.ok(ms <= SHORT_MS, `${pattern} takes ${ms} ms for 16 KiB of ${JSON.stringify(text.slice(0, 60))}…`);
        if (ms >= worst.ms) worst = { ms, text };
      }
      const long = worst.text.slice(0, 4096).repeat(LONG / 4096);
      const ms = cpuMs(pattern, long, LONG_MS);
      assert.ok(ms <= LONG_MS, `${pattern} takes ${ms} ms for 1 MiB of ${JSON.stringify(long.slice(0, 60))}…`);
    });
  }
});
