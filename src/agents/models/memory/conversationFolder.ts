import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CONVERSATION_FILE as CONVERSATION } from "../../engines/conversationsFolder.ts";
import type { ConversationPlace } from "../../engines/ports.ts";
import { FileClaim } from "../../../core/sharedFolder/fileClaim.ts";

const CLAIM = ".claim";
/** The age in milliseconds after which a file is removed that belongs to no conversation: a write was interrupted. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;
/** Digits of a hash that tells places apart. */
const HASH_LENGTH = 32;

/** Limits of the conversations of all windows. */
export interface ConversationLimits {
  /** Maximum size of all files. */
  readonly maxBytes: number;
  /** Maximum age of a conversation since its last item. */
  readonly maxAgeMs: number;
}

/** Names a conversation: the same place has the same name in each run of the bridge. */
export function nameOf({ engineId, workspacePath, name, ownerId }: ConversationPlace): string {
  const place = JSON.stringify([workspacePath, name, ownerId ?? null]);
  return `${engineId}-${createHash("sha256").update(place).digest("hex").slice(0, HASH_LENGTH)}`;
}

export function conversationPath(folder: string, name: string): string {
  return join(folder, name + CONVERSATION);
}

export function claimPath(folder: string, name: string): string {
  return join(folder, name + CLAIM);
}

interface Found {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly ageMs: number;
}

/**
 * Removes expired conversations, then the oldest ones above the size limit. Those that a process has open are kept, but
 * count. Call it while holding the lock of the folder.
 */
export async function trimConversations(folder: string, { maxBytes, maxAgeMs }: ConversationLimits): Promise<void> {
  const files = await filesIn(folder);
  const conversations = files.filter(({ name }) => name.endsWith(CONVERSATION));
  let total = conversations.reduce((sum, { size }) => sum + size, 0);
  for (const { name, path, size, ageMs } of conversations.toSorted((a, b) => b.ageMs - a.ageMs)) {
    if (ageMs <= maxAgeMs && total <= maxBytes) continue;
    const claim = claimPath(folder, name.slice(0, -CONVERSATION.length));
    if (await FileClaim.isHeld(claim)) continue;
    await rm(path, { force: true });
    await rm(claim, { force: true });
    total -= size;
  }
  for (const { name, path, ageMs } of files) {
    const isLeftover = name.includes(CONVERSATION) || name.includes(CLAIM);
    const isCurrent = name.endsWith(CONVERSATION) || name.endsWith(CLAIM);
    if (isLeftover && !isCurrent && ageMs > LEFTOVER_MS) await rm(path, { force: true });
  }
}

async function filesIn(folder: string): Promise<readonly Found[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.map((name) => describe(folder, name)));
  return found.filter((file) => file !== undefined);
}

async function describe(folder: string, name: string): Promise<Found | undefined> {
  const path = join(folder, name);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) return undefined;
  return { name, path, size: stats.size, ageMs: Date.now() - stats.mtimeMs };
}
