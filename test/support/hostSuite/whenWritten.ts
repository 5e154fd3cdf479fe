import { once } from "node:events";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { withDeadline } from "../editor/deadline.ts";

const DEADLINE_MS = 120_000;

/** Waits until a module in the extension host has written a JSON object to this file, which says where its servers are. */
export async function whenWritten<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const watcher = watch(folder);
  const read = async (): Promise<T> => {
    for (;;) {
      const text = await readFile(join(folder, file), "utf8").catch(() => "");
      if (text.endsWith("}")) return schema.parse(JSON.parse(text));
      await once(watcher, "change");
    }
  };
  try {
    return await withDeadline(read(), DEADLINE_MS, "the bridge in the editor");
  } finally {
    watcher.close();
  }
}
