import type { ConversationView } from "../contract/conversations.ts";

/** Sorts conversations of one window, or of several. */
export function latestFirst(conversations: readonly ConversationView[]): readonly ConversationView[] {
  return conversations.toSorted((a, b) => b.lastUsedAt.localeCompare(a.lastUsedAt));
}
