import * as z from "zod";
import type { FileDiff } from "../../../protocol/events.ts";

/** Diffs of one update, and the length of their texts together, in characters. */
const MAX_DIFFS = 20;
const MAX_LENGTH = 64 * 1024;
const LONGEST_PATH = 1000;

const diffSchema = z.object({
  type: z.literal("diff"),
  path: z.string(),
  oldText: z.string().nullish().catch(undefined),
  newText: z.string(),
});

/** Returns the diffs in the content of a tool call, truncated to what an event may hold; undefined without any. */
export function diffsOf(content: readonly unknown[] = []): FileDiff[] | undefined {
  const diffs: FileDiff[] = [];
  let left = MAX_LENGTH;
  for (const item of content) {
    const { data } = diffSchema.safeParse(item);
    if (data === undefined) continue;
    if (diffs.length === MAX_DIFFS) break;
    const { path, newText } = data;
    const oldText = data.oldText ?? undefined;
    const share = left / (oldText === undefined ? 1 : 2);
    const isTruncated = newText.length > share || (oldText?.length ?? 0) > share;
    const diff: FileDiff = {
      path: path.slice(0, LONGEST_PATH),
      ...(oldText !== undefined && { oldText: oldText.slice(0, share) }),
      newText: newText.slice(0, share),
      ...(isTruncated && { isTruncated }),
    };
    left -= (diff.oldText?.length ?? 0) + diff.newText.length;
    diffs.push(diff);
  }
  return diffs.length === 0 ? undefined : diffs;
}
