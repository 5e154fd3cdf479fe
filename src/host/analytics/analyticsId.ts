import { randomUUID } from "node:crypto";
import type { Memento } from "vscode";

const KEY = "analyticsId";

/** The storage of this installation, which the editor does not synchronize. */
type State = Pick<Memento, "get" | "update">;

/** Returns the random ID of this installation for analytics. The first call creates it. */
export async function analyticsId(state: State): Promise<string> {
  const known = state.get<string>(KEY);
  if (known !== undefined) return known;
  const created = randomUUID();
  await state.update(KEY, created);
  return created;
}

/** Deletes the ID. @returns the one that there was */
export async function removeAnalyticsId(state: State): Promise<string | undefined> {
  const known = state.get<string>(KEY);
  await state.update(KEY, undefined);
  return known;
}
