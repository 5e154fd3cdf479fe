import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** The end of the name of a file with a conversation. */
export const CONVERSATION_FILE = ".jsonl";

/** Returns the folder of the conversations with models. @param storageFolder that of the extension */
export function conversationsFolder(storageFolder: string): string {
  return join(storageFolder, "conversations");
}

/** Removes all conversations from the disk. Those that are open go on in memory, in all windows. */
export async function removeConversations(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.includes(CONVERSATION_FILE)) await rm(join(folder, name), { force: true });
}
