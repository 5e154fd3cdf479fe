import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";

const MOST_CHARACTERS = 400;

const failure = z.object({ message: z.string() });

const testCounts = z.object({
  passes: z.int(),
  failures: z.int(),
  pending: z.int(),
  /** The tests and hooks that failed, with the beginning of what their errors said. */
  failed: z.array(z.object({ title: z.string(), message: z.string() })),
});

/** How a run of mocha went; what `npm test` adds up and prints at its end. */
export type TestCounts = z.infer<typeof testCounts>;

/** What the run will have been. Call it before the first test; the result is whole when the run has ended. */
export function countTests(runner: Mocha.Runner): () => TestCounts {
  const failed: TestCounts["failed"] = [];
  runner.on("fail", (test: Mocha.Runnable, error: unknown) => {
    // From a parallel job, it is a plain object.
    const { message } = failure.catch({ message: String(error) }).parse(error);
    failed.push({ title: test.fullTitle(), message: message.slice(0, MOST_CHARACTERS) });
  });
  return () => {
    const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
    return { passes, failures, pending, failed };
  };
}

/** Writes the counts as JSON, creating the folder. At once, for a reporter cannot wait. */
export function writeCounts(file: string, counts: TestCounts): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(testCounts.parse(counts))}\n`);
}

/** Reads counts back; undefined when no run came far enough to write them. */
export async function readCounts(file: string): Promise<TestCounts | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : testCounts.parse(JSON.parse(text));
}
