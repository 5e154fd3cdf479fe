import { type Discovery, waitForDiscovery } from "./bridge.ts";
import { installCodeServer } from "./codeServerInstall.ts";
import { EditorSession, type EditorSessionOptions } from "./editorSession.ts";
import type { EditorWindow } from "./editorWindow.ts";
import { vsixPath } from "./paths.ts";

/** One window of the newest editor, with the packed extension and its bridge. `session.end` takes all of it away. */
export interface BridgeWindow {
  readonly session: EditorSession;
  readonly window: EditorWindow;
  readonly bridge: Discovery;
  /** The folder that is open. */
  readonly folder: string;
}

export interface BridgeWindowOptions extends Pick<EditorSessionOptions, "userSettings" | "machineSettings"> {
  /** Of the folder that is opened. */
  readonly name: string;
  /** How long an action on the page may take, in milliseconds. */
  readonly actionDeadlineMs: number;
  /** How long the bridge may take to come up, in milliseconds. */
  readonly startDeadlineMs: number;
}

/** Opens a window whose CLI is the simulator, unless the settings say otherwise, and waits for its bridge. */
export async function openWindowWithBridge(options: BridgeWindowOptions): Promise<BridgeWindow> {
  const { name, actionDeadlineMs, startDeadlineMs, userSettings = {}, machineSettings = {} } = options;
  const session = await EditorSession.start({
    install: await installCodeServer("newest"),
    vsix: vsixPath,
    userSettings,
    machineSettings: { "kiroBridge.cli.path": "simulator", ...machineSettings },
  });
  try {
    const folder = await session.profile.createWorkspace(name);
    const window = await session.openWindow({ folder });
    window.page.setDefaultTimeout(actionDeadlineMs);
    const bridge = await waitForDiscovery(session.profile.bridgeHome, startDeadlineMs);
    return { session, window, bridge, folder };
  } catch (error) {
    await session.end();
    throw error;
  }
}
