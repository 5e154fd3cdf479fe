import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import { Pace } from "../../base/pace.ts";
import type { Logger } from "../../base/logger.ts";
import { decodeLine, linesIn } from "../../core/sharedFolder/checkedLines.ts";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { messageOf } from "../../protocol/errors.ts";

/**
 * Time in milliseconds for which files stay: a destination that is missing because of a mistake in the settings may come back.
 * A window that lives touches the claim of its outbox twice a minute.
 */
const KEPT_MS = 7 * 24 * 3_600_000;

const lineSchema = z.object({ fact: z.object({ run: z.object({ executionId: z.string() }) }) });
const cursorSchema = z.object({ mark: z.int(), done: z.array(z.int()) }).catch({ mark: 0, done: [] });

export interface LeftoverOptions {
  /** The folder of exports. */
  readonly folder: string;
  /** Milliseconds of the Unix epoch. */
  readonly now: number;
  readonly logger: Logger;
}

/**
 * Removes the outboxes and the dead letters that nobody has changed for a week. For a bridge without destinations, which does
 * not read the bundle that delivers them. Never throws.
 */
export async function removeLeftovers({ folder, now, logger }: LeftoverOptions): Promise<void> {
  const outboxes = join(folder, "outbox");
  const before = now - KEPT_MS;
  try {
    const found = await unchangedSince(before, outboxes);
    const runs = found.length === 0 ? 0 : await withFolderLock(outboxes, () => removeOutboxes(found));
    const letters = await unchangedSince(before, join(folder, "dead-letters"));
    for (const path of letters) await rm(path, { recursive: true, force: true });
    if (found.length + letters.length > 0) {
      logger.info("Files of destinations that are no longer in the settings were removed", { runs });
    }
  } catch (error) {
    logger.warn("Files of earlier destinations could not be removed", { error: messageOf(error) });
  }
}

/** Returns the paths in a folder of which no file was changed since a time. Names of locks begin with a dot or contain one. */
async function unchangedSince(time: number, folder: string): Promise<string[]> {
  const paths = (await namesIn(folder)).filter((name) => /^[\w-]+$/.test(name)).map((name) => join(folder, name));
  const isOld = async (path: string): Promise<boolean> => {
    const files = [path, ...(await namesIn(path)).map((name) => join(path, name))];
    const stats = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
    return stats.every((each) => each === undefined || each.mtimeMs < time);
  };
  const old = await Promise.all(paths.map(isOld));
  return paths.filter((_, at) => old[at]);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** @returns the number of runs that a destination did not have yet */
async function removeOutboxes(paths: readonly string[]): Promise<number> {
  let runs = 0;
  for (const path of paths) {
    runs += await waitingRuns(path);
    await rm(path, { recursive: true, force: true });
  }
  return runs;
}

/** Counts the runs behind the position of a destination. For the format see `OutboxFolder`. */
async function waitingRuns(path: string): Promise<number> {
  const names = await namesIn(path);
  const files = names.filter((name) => name.startsWith("cursor-"));
  const cursors = await Promise.all(files.map((name) => readCursor(join(path, name))));
  const runs = new Set<string>();
  const pace = new Pace();
  for (const name of names.filter((file) => file.endsWith(".jsonl"))) {
    const bytes = await readFile(join(path, name));
    let number = Number.parseInt(name, 10);
    for (const { offset, length } of linesIn(bytes)) {
      const line = lineSchema.safeParse(decodeLine(bytes.subarray(offset, offset + length))).data;
      if (line !== undefined && cursors.some((cursor) => isBehind(number, cursor))) runs.add(line.fact.run.executionId);
      number += 1;
      await pace.pause();
    }
  }
  return runs.size;
}

interface Cursor {
  readonly mark: number;
  readonly done: ReadonlySet<number>;
}

async function readCursor(path: string): Promise<Cursor> {
  const { mark, done } = cursorSchema.parse(jsonIn(await readFile(path, "utf8")));
  return { mark, done: new Set(done) };
}

function isBehind(number: number, { mark, done }: Cursor): boolean {
  return number > mark && !done.has(number);
}
