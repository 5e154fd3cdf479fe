import type { OtherWindow } from "../../core/ports.ts";
import { isAlive } from "../../core/processes.ts";
import { readEntries } from "../../windows/discovery.ts";

/** Lists the windows of other processes in the discovery folder, without the one with `ownId`. */
export async function otherWindows(discoveryFolder: string, ownId: string): Promise<OtherWindow[]> {
  const entries = await readEntries(discoveryFolder);
  const others = entries.filter(({ pid }) => pid !== process.pid && isAlive(pid));
  return others.map(({ url, windows }) => ({
    url,
    workspaceFolders: windows.filter(({ id }) => id !== ownId).flatMap((window) => window.workspaceFolders),
  }));
}
