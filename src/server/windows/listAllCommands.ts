import { type CommandCatalog, commandFilter } from "../../core/commands/commandCatalog.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { CommandEntry } from "../../protocol/status.ts";
import type { OtherWindow } from "./windows.ts";

export interface OwnCommands {
  readonly catalog: Pick<CommandCatalog, "search">;
  /** The ID of this window. */
  readonly windowId: string;
}

/** Merges the commands of this window with those of others, each with the windows that have it, unless all have it. */
export function listAllCommands(
  { catalog, windowId }: OwnCommands,
  others: readonly OtherWindow[],
  { query, limit }: { readonly query?: string | undefined; readonly limit: number },
  principal: Principal,
): { commands: CommandEntry[]; total: number } {
  const found = new Map<string, { entry: CommandEntry; readonly windows: string[] }>();
  const add = (entry: CommandEntry, window: string): void => {
    const known = found.get(entry.id);
    if (known === undefined) found.set(entry.id, { entry, windows: [window] });
    else {
      known.windows.push(window);
      if (entry.allowed && !known.entry.allowed) known.entry = { ...known.entry, allowed: true };
    }
  };
  for (const entry of catalog.search(query, Number.POSITIVE_INFINITY, principal).commands) add(entry, windowId);
  const matches = commandFilter(query, principal);
  for (const window of others) for (const entry of window.commands()) if (matches(entry)) add(entry, window.record.id);
  const commands = [...found.values()]
    .toSorted((a, b) => (a.entry.id < b.entry.id ? -1 : 1))
    .slice(0, limit)
    .map(({ entry, windows }) => (windows.length > others.length ? entry : { ...entry, windows }));
  return { commands, total: found.size };
}
