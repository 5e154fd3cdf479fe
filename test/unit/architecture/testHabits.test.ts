import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join, sep } from "node:path";
import type { AnyNode, CallExpression, Node } from "acorn";
import { parse } from "acorn";
import { full } from "acorn-walk";

const root = join(import.meta.dirname, "../..");
/** The bench and the soak measure, and the fixtures are programs with pauses of their own. */
const places = ["unit", "host", "e2e", "support"];
/** The one helper that waits for what nothing announces, and the clock that stands in for the timers. */
const timekeepers = [join("support", "editor", "deadline.ts"), join("support", "testClock.ts")];
/** Below that a busy machine is in its right to be late. */
const LEAST_TIMEOUT_MS = 120_000;

const timers = new Set(["setTimeout", "setInterval"]);
const clocks = new Set(["performance.now", "Date.now", "process.hrtime", "process.hrtime.bigint", "process.uptime"]);

/** What a call or an import names: `a`, `a.b`, `a.b.c`. */
function nameOf(node: AnyNode): string {
  if (node.type === "Identifier") return node.name;
  if (node.type === "MemberExpression" && !node.computed) return `${nameOf(node.object)}.${nameOf(node.property)}`;
  return "";
}

function callsIn(node: Node): CallExpression[] {
  const calls: CallExpression[] = [];
  full(node, (each) => {
    if (each.type === "CallExpression") calls.push(each);
  });
  return calls;
}

const isAssertion = (call: CallExpression): boolean => /^assert(?:\.|$)/.test(nameOf(call.callee));

/** What a file has that makes its tests depend on how fast the machine is, each with its line. */
function breachesIn(code: string): string[] {
  const program = parse(stripTypeScriptTypes(code), { ecmaVersion: "latest", sourceType: "module", locations: true });
  const found: string[] = [];
  const tell = (node: Node, what: string): void => void found.push(`${node.loc?.start.line}: ${what}`);
  full(program, (node) => {
    if (node.type === "ImportDeclaration" && node.source.value === "node:timers/promises") {
      for (const specifier of node.specifiers)
        if (specifier.type !== "ImportSpecifier" || timers.has(nameOf(specifier.imported)))
          tell(node, "imports a sleep");
    }
    if (node.type !== "CallExpression") return;
    const name = nameOf(node.callee);
    if (timers.has(name.replace(/^globalThis\./, ""))) tell(node, `${name} sleeps`);
    if (name === "performance.now" || name.startsWith("process.hrtime")) tell(node, `${name} measures`);
    if (isAssertion(node) && callsIn(node).some(({ callee }) => clocks.has(nameOf(callee))))
      tell(node, "asserts what the clock says");
    if (name.endsWith(".timeout") && name !== "AbortSignal.timeout") {
      const [ms] = node.arguments;
      if (ms?.type === "Literal" && Number(ms.value) < LEAST_TIMEOUT_MS) tell(node, `${name} is short`);
    }
  });
  return found;
}

function testFiles(): string[] {
  return places.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(place, file)),
  );
}

describe("The tests", () => {
  const files = testFiles().filter((file) => !timekeepers.includes(file));

  it("are found", () => assert.ok(files.length > 100));

  it("do not sleep, and do not judge by the clock", () => {
    const breaches = files.flatMap((file) =>
      breachesIn(readFileSync(join(root, file), "utf8")).map((breach) => `test/${file.replaceAll(sep, "/")}:${breach}`),
    );
    assert.deepEqual(
      breaches,
      [],
      "wait for an event or with `until`, put a `TestClock` forward, or measure in test/bench",
    );
  });

  const habits: readonly (readonly [code: string, breaches: number])[] = [
    ["await new Promise((resolve) => setTimeout(resolve, 40));", 1],
    ["globalThis.setTimeout(stop, 40); setInterval(look, 5);", 2],
    ['import { setTimeout as delay } from "node:timers/promises";', 1],
    ['import timers from "node:timers/promises";', 1],
    ["const since = performance.now();", 1],
    ["assert.ok(Date.now() - since < 1000);", 1],
    ["assert(Math.abs(time - Date.now()) < 1000);", 1],
    ["describe('x', function () { this.timeout(20_000); });", 1],
    ['import { setImmediate } from "node:timers/promises"; await setImmediate();', 0],
    ["await new Promise(setImmediate); const then = new Date(Date.now() - 1000);", 0],
    ["const text: string = 'setTimeout(() => {}, 5)'; fetch(url, { signal: AbortSignal.timeout(5) });", 0],
  ];
  for (const [code, breaches] of habits) {
    it(`${breaches > 0 ? "may not have" : "may have"}: ${code}`, () => assert.equal(breachesIn(code).length, breaches));
  }
});
