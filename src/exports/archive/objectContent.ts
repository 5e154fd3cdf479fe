import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import type { RunHead } from "../../core/runArchive.ts";
import { MAX_RUN_BYTES, type RunExport, runExportSchema } from "../../protocol/runExport.ts";
import { DeliveryFailure } from "../delivery/destination.ts";

const uncompress = promisify(gunzip);

const headSchema = z.object({
  execution: runExportSchema.shape.execution.pick({ command: true, status: true }),
});

/** Reads a run. @param what the object in the first part of a sentence @throws DeliveryFailure */
export async function runIn(bytes: Buffer, what: string): Promise<RunExport> {
  const text = await textIn(bytes, MAX_RUN_BYTES);
  if (text === "damaged" || text === "too large")
    throw new DeliveryFailure("refused", `${what} that is ${text}. Read it with the tools of the store.`);
  const run = runExportSchema.safeParse(jsonIn(text.toString()));
  if (run.success) return run.data;
  throw new DeliveryFailure("refused", `${what} that is not a run of Kiro Bridge, or only a part of one.`);
}

/** Returns the head of a run; undefined for any other object, and for one that is larger than `maxBytes`. */
export async function headIn(bytes: Buffer, maxBytes: number): Promise<RunHead | undefined> {
  const text = await textIn(bytes, maxBytes);
  return Buffer.isBuffer(text) ? headSchema.safeParse(jsonIn(text.toString())).data?.execution : undefined;
}

/** Reads a text, compressed or not: some stores uncompress what they send. */
async function textIn(bytes: Buffer, maxBytes: number): Promise<Buffer | "damaged" | "too large"> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) return bytes;
  try {
    return await uncompress(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    return error instanceof RangeError ? "too large" : "damaged";
  }
}
