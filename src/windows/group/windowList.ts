import type { CommandEntry, WindowListing, WindowRecord } from "../../protocol/status.ts";
import type { WindowStatus } from "../../server/windows/windows.ts";

/** A window of the list. */
export interface ListedWindow {
  readonly record: WindowRecord;
  readonly isResponding: boolean;
  status(): WindowStatus | undefined;
  commands(): readonly CommandEntry[];
}

/** Describes the windows at the address for clients. Collects their commands only when those have changed. */
export class WindowList {
  #ownCommands: ReadonlyMap<string, readonly string[]> | undefined;

  /** Call it when a window has joined or left, or its commands have changed. */
  commandsChanged(): void {
    this.#ownCommands = undefined;
  }

  /** @param windows all windows, the owner of the address first */
  describe(windows: readonly ListedWindow[], focusedId: string | undefined): WindowListing[] {
    const ownCommands = (this.#ownCommands ??= ownCommandsOf(windows));
    return windows.map((window, at) => {
      const { record, isResponding } = window;
      const status = window.status();
      const own = ownCommands.get(record.id);
      return {
        ...record,
        focused: record.id === focusedId,
        owner: at === 0,
        state: isResponding ? (status?.status ?? "ready") : "not-responding",
        ...(status !== undefined && { queue: status.queue, cli: status.cli }),
        ...(own !== undefined && { ownCommands: [...own] }),
      };
    });
  }
}

/** Returns the allowed commands of each window that not every window has; nothing for a single window. */
function ownCommandsOf(windows: readonly ListedWindow[]): Map<string, readonly string[]> {
  if (windows.length < 2) return new Map();
  const idsOf = windows.map((window) => allowedIds(window.commands()));
  const counts = new Map<string, number>();
  for (const id of idsOf.flat()) counts.set(id, (counts.get(id) ?? 0) + 1);
  return new Map(
    windows.map(({ record }, at) => [record.id, (idsOf[at] ?? []).filter((id) => counts.get(id) !== windows.length)]),
  );
}

function allowedIds(commands: readonly CommandEntry[]): string[] {
  return [...new Set(commands.filter(({ allowed }) => allowed).map(({ id }) => id))];
}
