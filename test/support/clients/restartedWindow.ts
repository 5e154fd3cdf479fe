import { join } from "node:path";
import { publishEntry, sweepEntries } from "../../../src/windows/discovery.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { WindowGroup } from "../windows/windowGroup.ts";
import type { WindowProcess } from "../windows/windowProcess.ts";
import type { ClientSurroundings } from "./clientBridge.ts";
import { ControlServer } from "./controlServer.ts";

/** Starts a window in a process of its own, which the tests of a client kill and start again on the same files. */
export async function startRestartedWindow(): Promise<ClientSurroundings> {
  const group = await WindowGroup.create();
  let life = 0;
  const start = async (): Promise<WindowProcess> => {
    const window = await group.start(`life-${++life}`);
    await group.settled([window]);
    const { pid, id } = window;
    await sweepEntries(group.discovery, false);
    const windows = [{ id, pid, editor: "Fake Editor", workspaceFolders: [group.folderOf(id)] }];
    await publishEntry(group.discovery, { version: "0.1.0", url: group.url, pid, token: TEST_TOKEN, windows });
    return window;
  };
  let window = await start();
  const control = await ControlServer.start({
    marks: async () => ({ file: join(group.folder, "marks") }),
    restart: async () => {
      await window.kill();
      window = await start();
    },
  });
  return {
    env: { KIRO_BRIDGE_HOME: group.discovery, KIRO_BRIDGE_TEST_CONTROL: control.url },
    dispose: async () => {
      await control.dispose();
      await group.dispose();
    },
  };
}
