import type { Caller } from "../../core/access/principal.ts";
import { sessionListSchema, type SessionRecord } from "../../protocol/chat.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import { partsOf } from "./askAll.ts";
import type { OtherWindow } from "./windows.ts";

export interface AllSessions {
  readonly sessions: readonly SessionRecord[];
  readonly missingWindows?: readonly string[];
}

/**
 * Merges the sessions of all windows whose settings allow to list them.
 * @throws BridgeError ACCESS_DENIED if none allows it
 */
export async function listAllSessions(
  others: readonly OtherWindow[],
  caller: Caller,
  listOwn: () => readonly SessionRecord[],
): Promise<AllSessions> {
  const { parts, missing } = await partsOf(others, { path: "/kiro/sessions", caller }, sessionListSchema);
  const theirs = parts.flatMap(({ part }) => part.sessions);
  const missingWindows = missing.length > 0 ? { missingWindows: missing } : {};
  try {
    return { sessions: [...listOwn(), ...theirs], ...missingWindows };
  } catch (error) {
    if (!isBridgeError(error) || parts.length === 0) throw error;
    return { sessions: theirs, ...missingWindows };
  }
}
