import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import * as loadedMocha from "mocha";
import { countTests, type TestCounts, writeCounts } from "../mocha/testCounts.ts";
import { hostRunRequest } from "./hostRunRequest.ts";
import { reportPrefix } from "./reportLines.ts";

const TEST_DEADLINE_MS = 180_000;

/** Called by the editor inside the extension host: runs every bundled test, and throws when one fails or cannot be loaded. */
export async function run(): Promise<void> {
  try {
    await runTests();
  } catch (error) {
    report(error instanceof Error ? (error.stack ?? error.message) : String(error));
    throw error;
  }
}

async function runTests(): Promise<void> {
  const request = hostRunRequest.parse(JSON.parse(readFileSync(join(__dirname, "request.json"), "utf8")));
  report(`The tests are in the extension host, on Node ${process.version}.`);
  const Mocha = mochaClass();
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => report(format(...args));
  const mocha = new Mocha({ ui: "bdd", reporter: "spec", color: false, timeout: TEST_DEADLINE_MS });
  if (request.grep !== undefined) mocha.fgrep(request.grep);
  for (const file of readdirSync(__dirname).filter((name) => name.endsWith(".test.cjs")))
    mocha.addFile(join(__dirname, file));
  const counts = await new Promise<TestCounts>((resolve) => {
    const counted = countTests(mocha.run(() => resolve(counted())));
  });
  writeCounts(request.countsFile, counts);
  if (counts.failures > 0)
    throw new Error(`${counts.failures} in-host ${counts.failures === 1 ? "test" : "tests"} failed.`);
}

/** The host's console is shared with every extension; the prefix tells the runner which lines are the report. */
function report(text: string): void {
  for (const line of text.split("\n")) console.log(reportPrefix + line);
}

/** `require("mocha")` is the class itself on Node 24 and a namespace around it on Node 22. */
function mochaClass(): typeof Mocha {
  const loaded: unknown[] = [loadedMocha, loadedMocha.default, Reflect.get(loadedMocha.default, "default")];
  const found = loaded.find((it): it is typeof Mocha => typeof it === "function" && "reporters" in it);
  if (!found) throw new Error("mocha came in a form that is not known here.");
  return found;
}
