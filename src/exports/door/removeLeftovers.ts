import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import { Pace } from "../../base/pace.ts";
import type { Logger } from "../../base/logger.ts";
import { decodeLine, linesIn } from "../../core/sharedFolder/checkedLines.ts";
import { FileClaim } from "../../core/sharedFolder/fileClaim.ts";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { messageOf } from "../../protocol/errors.ts";

const lineSchema = z.object({ fact: z.object({ run: z.object({ executionId: z.string() }) }) });
const cursorSchema = z.object({ mark: z.int(), done: z.array(z.int()) }).catch({ mark: 0, done: [] });

export interface LeftoverOptions {
  /** The folder of exports. */
  readonly folder: string;
  readonly logger: Logger;
}

/**
 * Removes the outboxes that no living window has, and all dead letters. For a bridge without destinations, which does not read
 * the bundle that delivers them. Never throws.
 */
export async function removeLeftovers({ folder, logger }: LeftoverOptions): Promise<void> {
  try {
    const parts = await namesIn(folder);
    if (parts.length === 0) return;
    const outboxes = join(folder, "outbox");
    const runs = parts.includes("outbox") ? await withFolderLock(outboxes, () => removeOutboxes(outboxes)) : 0;
    await rm(join(folder, "dead-letters"), { recursive: true, force: true });
    // Fails while another window has an outbox there.
    await rmdir(outboxes).catch(() => undefined);
    logger.info("Files of destinations that are no longer in the settings were removed", { runs });
  } catch (error) {
    logger.warn("Files of earlier destinations could not be removed", { error: messageOf(error) });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** @returns the number of runs that a destination did not have yet */
async function removeOutboxes(folder: string): Promise<number> {
  let runs = 0;
  // Names of locks begin with a dot or contain one.
  for (const name of (await namesIn(folder)).filter((each) => /^[\w-]+$/.test(each))) {
    const path = join(folder, name);
    if (await FileClaim.isHeld(join(path, "claim.json"))) continue;
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
