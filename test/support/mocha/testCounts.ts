import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";

const testCounts = z.object({ passes: z.int(), failures: z.int(), pending: z.int() });

/** How a run of mocha went; what `npm test` adds up. */
export type TestCounts = z.infer<typeof testCounts>;

/** Writes the counts as JSON, creating the folder. */
export async function writeCounts(file: string, counts: TestCounts): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(testCounts.parse(counts))}\n`);
}

/** Reads counts back; undefined when no run came far enough to write them. */
export async function readCounts(file: string): Promise<TestCounts | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : testCounts.parse(JSON.parse(text));
}
