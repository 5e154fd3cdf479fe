import { randomUUID } from "node:crypto";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { OtherWindow, WindowPort } from "../../core/ports.ts";
import { otherWindows } from "../../hosting/presence/otherWindows.ts";
import type { WindowRecord } from "../../protocol/status.ts";

interface Folder {
  readonly name: string;
  readonly uri: { readonly scheme: string; readonly fsPath: string };
}

/** The parts of the editor's API that describe a window. */
export interface WindowApi {
  readonly version: string;
  readonly env: { readonly appName: string };
  readonly window: {
    readonly state: { readonly focused: boolean };
    readonly onDidChangeWindowState: Event<{ readonly focused: boolean }>;
  };
  readonly workspace: {
    readonly isTrusted: boolean;
    readonly workspaceFolders: readonly Folder[] | undefined;
    readonly onDidChangeWorkspaceFolders: Event<unknown>;
  };
}

export interface EditorWindowDeps {
  readonly api: WindowApi;
  readonly discoveryFolder: string;
  /** Epoch milliseconds, which all windows share. */
  readonly now?: () => number;
}

/** This window, as the core's `WindowPort`. The record is rebuilt when it changes, not for each request. */
export class EditorWindow implements WindowPort, Disposable {
  readonly editorVersion: string;
  readonly #id = randomUUID();
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when the folders have changed, or the window has got the focus. */
  readonly onDidChange = this.#changed.event;
  readonly #api: WindowApi;
  readonly #discoveryFolder: string;
  #isFocused: boolean;
  #focusedAt: number | undefined;
  #record: WindowRecord;

  constructor({ api, discoveryFolder, now = Date.now }: EditorWindowDeps) {
    this.#api = api;
    this.#discoveryFolder = discoveryFolder;
    this.editorVersion = api.version;
    this.#isFocused = api.window.state.focused;
    this.#focusedAt = this.#isFocused ? now() : undefined;
    this.#record = this.#describe();
    this.#store.add(api.workspace.onDidChangeWorkspaceFolders(() => this.#update()));
    this.#store.add(
      api.window.onDidChangeWindowState(({ focused }) => {
        const hasGained = focused && !this.#isFocused;
        this.#isFocused = focused;
        // The loss of the focus may be reported after another window has gained it, so it does not count.
        if (!hasGained) return;
        this.#focusedAt = now();
        this.#update();
      }),
    );
  }

  get isTrusted(): boolean {
    return this.#api.workspace.isTrusted;
  }

  /** Names of open folders without a path, which are not on the machine of the extension host, such as those of GitHub. */
  get virtualFolders(): readonly string[] {
    return this.#folders.filter((folder) => !hasPath(folder)).map(({ name }) => name);
  }

  describe(): WindowRecord {
    return this.#record;
  }

  others(): Promise<OtherWindow[]> {
    return otherWindows(this.#discoveryFolder, this.#id);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  get #folders(): readonly Folder[] {
    return this.#api.workspace.workspaceFolders ?? [];
  }

  #update(): void {
    this.#record = this.#describe();
    this.#changed.fire();
  }

  #describe(): WindowRecord {
    return {
      id: this.#id,
      pid: process.pid,
      editor: this.#api.env.appName,
      kind: "editor",
      workspaceFolders: this.#folders.filter(hasPath).map(({ uri }) => uri.fsPath),
      ...(this.#focusedAt !== undefined && { focusedAt: this.#focusedAt }),
    };
  }
}

function hasPath({ uri }: Folder): boolean {
  return uri.scheme === "file";
}
