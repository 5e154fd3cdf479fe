import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { noEvent } from "../../base/events.ts";
import type { ComposedBridge } from "../../bridge/composeBridge.ts";
import type { ChangingWindow } from "../../bridge/selfWindow.ts";
import { identify, processSpace } from "../../core/processes.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import type { BridgeEntry } from "../../windows/bridgeEntry.ts";
import type { Presence } from "./presence.ts";

/** A bridge that is on, and what publishes it. */
export interface PublishedBridge extends Pick<ComposedBridge, "server" | "address"> {
  readonly presence: Presence;
  readonly window: ChangingWindow;
  /** Version of the extension. */
  readonly version: string;
  /** True if the entry must not have the token. */
  readonly isPaired: boolean;
}

/** Publishes the address and the windows to programs, until the result is disposed. It disposes the presence as well. */
export async function publishBridge(published: PublishedBridge): Promise<Disposable> {
  const { presence, window, server, address, version, isPaired } = published;
  const store = new DisposableStore();
  store.add(presence);
  const { pid } = process;
  const self = { version, pid, started: (await identify(pid))?.started, machine: processSpace };
  const describe = (token: string): BridgeEntry => ({
    ...self,
    url: address.url,
    ...(!isPaired && { token }),
    windows: publishedWindows(address, window.describe()),
  });
  try {
    await presence.show({ server, address, describe });
  } catch (error) {
    await store.dispose();
    throw error;
  }
  const { onDidChange = noEvent } = window;
  store.add(onDidChange(() => presence.changed()));
  return store;
}

/** Returns all windows at the address, without what changes too often for a file. */
function publishedWindows(address: PublishedBridge["address"], own: WindowRecord): WindowRecord[] {
  const others = address.windows().filter(({ id }) => id !== own.id);
  return [own, ...others].map(({ id, pid, editor, kind, workspaceFolders }) => ({
    id,
    pid,
    editor,
    ...(kind !== undefined && { kind }),
    workspaceFolders,
  }));
}
