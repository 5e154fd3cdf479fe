import { readdir } from "node:fs/promises";

/** `<local date>-<unique ID of a run of a bridge>.jsonl` */
const NAME = /^(\d{4}-\d{2}-\d{2})-[\da-f-]{36}\.jsonl$/;

/** Returns the local date in the name of a file; undefined if it is another kind of file. */
export function dayOfFile(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** Returns whether any window has used an engine on a local date. */
export async function isUsedOn(day: string, folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => dayOfFile(name) === day);
}
