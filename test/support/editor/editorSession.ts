import type { Browser } from "playwright-core";
import { launchBrowser } from "../browser/browser.ts";
import { Cleanup } from "./cleanup.ts";
import type { CodeServerInstall } from "./codeServerInstall.ts";
import { EditorProfile } from "./editorProfile.ts";
import { EditorServer, installVsix } from "./editorServer.ts";
import { EditorWindow, type EditorWindowOptions } from "./editorWindow.ts";
import { type Opened, windowAddress, type WindowAddressOptions } from "./windowAddress.ts";

export interface EditorSessionOptions {
  readonly install: CodeServerInstall;
  /** The packed extension to install first. */
  readonly vsix?: string | undefined;
  /** Settings that are there before the first window. */
  readonly userSettings?: Readonly<Record<string, unknown>>;
  /** Machine-scoped settings: what names executables, hosts, ports and trust is read from here only. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** Further environment of the extension hosts. */
  readonly env?: NodeJS.ProcessEnv;
  /** With trust in force, folders open in Restricted Mode. Off by default. */
  readonly workspaceTrust?: boolean;
  /** See `EditorServerOptions`; without it, a window has no `development`. */
  readonly runsTests?: boolean;
}

export type SessionWindowOptions = EditorWindowOptions & WindowAddressOptions;

/** An editor in use: a fresh person, a server, a browser, and the windows opened in it. `end` takes all of it away. */
export class EditorSession {
  readonly profile: EditorProfile;
  readonly server: EditorServer;
  readonly #browser: Browser;
  readonly #cleanup: Cleanup;

  private constructor(profile: EditorProfile, server: EditorServer, browser: Browser, cleanup: Cleanup) {
    this.profile = profile;
    this.server = server;
    this.#browser = browser;
    this.#cleanup = cleanup;
  }

  /** Starts server and browser; no window yet, so no extension runs. What was started is ended when a later step fails. */
  static async start(options: EditorSessionOptions): Promise<EditorSession> {
    const { install, vsix, env = {}, workspaceTrust = false, runsTests = false } = options;
    const cleanup = new Cleanup();
    try {
      const profile = cleanup.add(await EditorProfile.create(), (it) => it.remove());
      await profile.writeSettings("User", options.userSettings ?? {});
      await profile.writeSettings("Machine", options.machineSettings ?? {});
      if (vsix !== undefined) await installVsix(install, profile, vsix);
      const server = cleanup.add(await EditorServer.start({ install, profile, env, workspaceTrust, runsTests }), (it) =>
        it.stop(),
      );
      const browser = cleanup.add(await launchBrowser(), (it) => it.close());
      return new EditorSession(profile, server, browser, cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  /** Opens one more window, with an extension host of its own. */
  async openWindow(opened: Opened, options: SessionWindowOptions = {}): Promise<EditorWindow> {
    const address = windowAddress(this.server, opened, options);
    return this.#cleanup.add(await EditorWindow.open(this.#browser, address, options), (it) => it.close());
  }

  /** Closes the windows, then ends browser, server and person. */
  async end(): Promise<void> {
    await this.#cleanup.run();
  }
}
