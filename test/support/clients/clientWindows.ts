import { join } from "node:path";
import { publishEntry, sweepEntries } from "../../../src/windows/discovery.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { WindowGroup } from "../windows/windowGroup.ts";
import type { WindowProcess } from "../windows/windowProcess.ts";
import type { ClientSurroundings } from "./clientBridge.ts";
import { ControlServer } from "./controlServer.ts";

/** Starts windows in processes of their own, which the tests of a client kill and start again on the same files. */
export async function startWindows(ids: readonly string[]): Promise<ClientSurroundings> {
  const group = await WindowGroup.create();
  const windows = await Promise.all(ids.map((id) => group.start(id)));
  let owner = await settle(group, windows);
  const replaceOwner = async (isStartedAgain: boolean): Promise<void> => {
    await owner.kill();
    windows.splice(windows.indexOf(owner), 1);
    if (isStartedAgain) windows.push(await group.start(`${owner.id}-again`));
    owner = await settle(group, windows);
  };
  const control = await ControlServer.start({
    marks: async () => ({ file: join(group.folder, "marks") }),
    windows: async () => ({ owner: owner.id, members: windows.filter((one) => one !== owner).map(({ id }) => id) }),
    restart: () => replaceOwner(true),
    kill: () => replaceOwner(false),
  });
  return {
    env: { KIRO_BRIDGE_HOME: group.discovery, KIRO_BRIDGE_TEST_CONTROL: control.url },
    dispose: async () => {
      await control.dispose();
      await group.dispose();
    },
  };
}

/** Waits until the windows share the address, and publishes its owner as the extension does. */
async function settle(group: WindowGroup, windows: readonly WindowProcess[]): Promise<WindowProcess> {
  const owner = await group.settled(windows);
  const { pid, id } = owner;
  await sweepEntries(group.discovery, false);
  const entry = { id, pid, editor: "Fake Editor", workspaceFolders: [group.folderOf(id)] };
  await publishEntry(group.discovery, {
    version: "0.1.0",
    url: group.url,
    pid,
    token: TEST_TOKEN,
    windows: [entry],
  });
  return owner;
}
