import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { OtherWindow, WindowPort } from "../../core/ports.ts";
import { isAlive } from "../../core/processes.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import { readEntries } from "../../windows/discovery.ts";

/** This window, as the core's `WindowPort`. The record is rebuilt when the folders change, not for each request. */
export class EditorWindow implements WindowPort, Disposable {
  readonly editorVersion = vscode.version;
  readonly #id = randomUUID();
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #discoveryFolder: string;
  #record = this.#describe();

  constructor(discoveryFolder: string) {
    this.#discoveryFolder = discoveryFolder;
    this.#store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#record = this.#describe();
        this.#changed.fire();
      }),
    );
  }

  get isTrusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  describe(): WindowRecord {
    return this.#record;
  }

  async others(): Promise<OtherWindow[]> {
    const entries = await readEntries(this.#discoveryFolder);
    return entries
      .filter(({ pid }) => pid !== process.pid && isAlive(pid))
      .map(({ url, windows }) => ({ url, workspaceFolders: windows.flatMap((window) => window.workspaceFolders) }));
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #describe(): WindowRecord {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return {
      id: this.#id,
      pid: process.pid,
      editor: vscode.env.appName,
      workspaceFolders: folders.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath),
    };
  }
}
