import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { ChannelReply } from "../../channel/channel.ts";
import type { DashboardPush } from "../../dashboard/contract/dashboard.ts";
import type { RunExport } from "../../protocol/runExport.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { Bridge } from "../compose.ts";
import { archivesOf } from "../runDialogs.ts";
import { BridgeSource } from "../../dashboard/channel/bridgeSource.ts";
import { PageChannel } from "../../dashboard/channel/relay/pageChannel.ts";
import { dashboardHtml, type DashboardHtmlOptions } from "./dashboardHtml.ts";
import { dashboardDepsOf } from "../../dashboard/channel/bridgeDeps.ts";
import { editorActionsOf } from "./editorActions.ts";
import { importedRun } from "../../dashboard/channel/runDetail.ts";
import { dashboardTabs, PANEL_TYPE } from "./places.ts";

export interface DashboardsOptions {
  readonly context: vscode.ExtensionContext;
  readonly toggle: BridgeSwitch<Bridge>;
  readonly logger: Logger;
}

/** The dashboards of this window: the one in the side bar, and one as an editor. */
export class Dashboards implements Disposable {
  readonly #store = new DisposableStore();
  readonly #options: DashboardsOptions;
  readonly #source: BridgeSource<Bridge>;
  #panel: vscode.WebviewPanel | undefined;
  #panelChannel: PageChannel | undefined;

  constructor(options: DashboardsOptions) {
    this.#options = options;
    this.#source = this.#store.add(
      new BridgeSource<Bridge>({
        toggle: options.toggle,
        depsOf: (bridge) => dashboardDepsOf(bridge),
        addressOf: ({ address }) => address,
        isTrusted: () => vscode.workspace.isTrusted,
        version: String(options.context.extension.packageJSON.version),
      }),
    );
    this.#store.defer(() => this.#panel?.dispose());
  }

  /** Opens the dashboard as an editor, or reveals it: there is at most one tab of it. */
  async open(): Promise<void> {
    if (this.#panel !== undefined) return this.#panel.reveal();
    await this.#openInPlaceOf(dashboardTabs());
  }

  /**
   * Opens the dashboard in place of a visible tab that has no content: the editor keeps the page of an extension host that
   * was killed, and does not restore it for another one.
   */
  async replaceDead(): Promise<void> {
    if (this.#panel === undefined) await this.#openInPlaceOf(dashboardTabs(), true);
  }

  async #openInPlaceOf(tabs: readonly vscode.Tab[], preserveFocus = false): Promise<void> {
    const viewColumn = tabs[0]?.group.viewColumn ?? vscode.ViewColumn.Active;
    this.adopt(vscode.window.createWebviewPanel(PANEL_TYPE, "Kiro Bridge", { viewColumn, preserveFocus }));
    await vscode.window.tabGroups.close(tabs, true);
  }

  /** Opens the dashboard as an editor, and shows a run that was read from a file or an archive. */
  async show(run: RunExport): Promise<void> {
    await this.open();
    this.#panelChannel?.show(importedRun(run));
  }

  /** Opens the dashboard as an editor, and shows who has access and who asks for it. */
  async showAccess(): Promise<void> {
    await this.open();
    this.#panelChannel?.showAccess();
  }

  /** Fills a new panel, or one that the editor has restored after a reload. */
  adopt(panel: vscode.WebviewPanel): void {
    if (this.#panel !== undefined) return panel.dispose();
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.#options.context.extensionUri, "media", "icon.svg");
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = undefined;
    });
    this.#panelChannel = this.#fill(panel, "panel");
  }

  /** Initializes the view in the side bar. */
  resolve(view: vscode.WebviewView): void {
    this.#fill(view, "view");
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #fill(holder: vscode.WebviewPanel | vscode.WebviewView, place: "panel" | "view"): PageChannel {
    const { webview } = holder;
    const root = vscode.Uri.joinPath(this.#options.context.extensionUri, "dist", "webview");
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview is no window
    const post = (message: ChannelReply | DashboardPush): void => void webview.postMessage(message);
    const channel = new PageChannel({
      source: this.#source,
      editorActions: editorActionsOf(() => archivesOf(this.#options.toggle.bridge)),
      post,
      logger: this.#options.logger,
    });
    const receiving = webview.onDidReceiveMessage((message: unknown) => channel.receive(message));
    holder.onDidDispose(() => {
      receiving.dispose();
      void channel.dispose();
    });
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [root] };
    webview.html = dashboardHtml({
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(root, "dashboard.js")).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(root, "dashboard.css")).toString(),
      nonce: randomBytes(16).toString("base64url"),
      place,
      ...languageOfEditor(),
    });
    return channel;
  }
}

/** Returns English if there are no texts in the language of the editor. */
function languageOfEditor(): Pick<DashboardHtmlOptions, "language" | "texts"> {
  const { bundle } = vscode.l10n;
  return bundle === undefined ? { language: "en", texts: {} } : { language: vscode.env.language, texts: bundle };
}
