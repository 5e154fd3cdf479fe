import { join } from "node:path";
import { freePort } from "../programs/freePort.ts";
import { type Discovery, waitForDiscovery } from "./bridge.ts";
import { Cleanup } from "./cleanup.ts";
import { installCodeServer } from "./codeServerInstall.ts";
import { EditorSession } from "./editorSession.ts";
import type { EditorWindow } from "./editorWindow.ts";
import { vsixPath } from "./paths.ts";
import { installWindowProbe } from "./windowProbe.ts";

export interface EditorGroupOptions {
  /** The number of editors, each with its own data folder. Default: 1. */
  readonly editors?: number;
  /** The configured port. Default: a free one. */
  readonly port?: number;
  readonly deadlineMs: number;
}

type WindowEntry = Discovery["windows"][number];

/** Windows of one user, in one or several editors, that want the same address. */
export class EditorGroup {
  /** The configured port. */
  readonly port: number;
  readonly sessions: readonly EditorSession[];
  /** As `bridge.json` had it when it was last waited for. */
  bridge: Discovery = { url: "", pid: 0, token: "", windows: [], file: "" };
  readonly #opened = new Map<string, EditorWindow>();
  readonly #deadlineMs: number;
  readonly #cleanup: Cleanup;

  private constructor(
    port: number,
    sessions: readonly EditorSession[],
    { deadlineMs, cleanup }: { readonly deadlineMs: number; readonly cleanup: Cleanup },
  ) {
    this.port = port;
    this.sessions = sessions;
    this.#deadlineMs = deadlineMs;
    this.#cleanup = cleanup;
  }

  /** Starts the editors, without windows. */
  static async start({ editors = 1, port, deadlineMs }: EditorGroupOptions): Promise<EditorGroup> {
    const install = await installCodeServer("newest");
    const wanted = port ?? (await freePort());
    const machineSettings = { "kiroBridge.cli.path": "simulator", "kiroBridge.api.port": wanted };
    const cleanup = new Cleanup();
    const sessions: EditorSession[] = [];
    try {
      for (let count = 0; count < editors; count++) {
        const [first] = sessions;
        const env = first === undefined ? {} : { KIRO_BRIDGE_HOME: first.profile.bridgeHome };
        const session = await EditorSession.start({ install, vsix: vsixPath, machineSettings, env });
        sessions.push(cleanup.add(session, (it) => it.end()));
        await installWindowProbe(install, session.profile);
      }
    } catch (error) {
      await cleanup.run();
      throw error;
    }
    return new EditorGroup(wanted, sessions, { deadlineMs, cleanup });
  }

  /** The discovery folder of all windows. */
  get home(): string {
    return this.#session(0).profile.bridgeHome;
  }

  /** Opens a window with a folder that has the window's name. Does not wait for its bridge. */
  async open(name: string, editor = 0): Promise<EditorWindow> {
    const session = this.#session(editor);
    const folder = await session.profile.createWorkspace(name);
    const window = await session.openWindow({ folder });
    this.#opened.set(name, window);
    return window;
  }

  /** The window that was opened with this name. */
  opened(name: string): EditorWindow {
    const found = this.#opened.get(name);
    if (found === undefined) throw new Error(`${name} was not opened`);
    return found;
  }

  /** The folder of a window, open or not. */
  folderOf(name: string, editor = 0): string {
    return join(this.#session(editor).profile.root, "workspaces", name);
  }

  /** The window with a folder of this name, as `bridge.json` has it. */
  windowOf(name: string): WindowEntry {
    const found = this.bridge.windows.find((window) => nameOf(window) === name);
    if (found === undefined) throw new Error(`${name} is not open: ${JSON.stringify(this.bridge.windows)}`);
    return found;
  }

  /** The name of the window that owns the address. */
  get owner(): string {
    const found = this.bridge.windows.find(({ pid }) => pid === this.bridge.pid);
    return found === undefined ? "" : nameOf(found);
  }

  /** Waits until `bridge.json` is as wanted. */
  async when(isWanted: (bridge: Discovery) => boolean): Promise<Discovery> {
    this.bridge = await waitForDiscovery(this.home, this.#deadlineMs, isWanted);
    return this.bridge;
  }

  /** Waits until the windows at the address are those with these names. */
  whenOpen(...names: string[]): Promise<Discovery> {
    const wanted = names.toSorted().join();
    return this.when(({ windows }) => windows.map(nameOf).toSorted().join() === wanted);
  }

  /** Waits until the extension host of a window is another one than that with this process ID, and its bridge has joined. */
  whenBack(name: string, earlierPid: number): Promise<Discovery> {
    return this.when(({ windows }) => {
      const here = windows.filter((window) => nameOf(window) === name);
      return here.length === 1 && here[0]?.pid !== earlierPid;
    });
  }

  end(): Promise<void> {
    return this.#cleanup.run();
  }

  #session(editor: number): EditorSession {
    const session = this.sessions[editor];
    if (session === undefined) throw new Error(`there is no editor ${editor}`);
    return session;
  }
}

function nameOf({ workspaceFolders: [folder = ""] }: WindowEntry): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}
