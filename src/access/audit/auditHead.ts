import type { FileHandle } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { ChainEnd } from "./auditChain.ts";

/** All heads have this length in bytes, so that one write replaces the whole text. */
const HEAD_BYTES = 128;

const headSchema = z.object({ lines: z.int().min(0), hash: z.string().length(64) });

/** Overwrites a head in place: one system call, which a crash of the process cannot split. */
export async function writeHead(file: FileHandle, { lines, hash }: ChainEnd): Promise<void> {
  const text = `${JSON.stringify({ lines, hash }).padEnd(HEAD_BYTES - 1)}\n`;
  await file.write(text, 0);
}

/** Returns undefined if there is none, or if it is not readable. */
export async function readHead(folder: string, name: string): Promise<ChainEnd | undefined> {
  try {
    return headSchema.parse(JSON.parse(await readFile(join(folder, name), "utf8")));
  } catch {
    return undefined;
  }
}
