import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";

/** As in package.json. */
const PROVIDER_ID = "kiroBridge.mcp";
/** The name of the server for people, and in the names of its tools. */
const LABEL = "Kiro Bridge";

export interface McpProviderDeps {
  readonly toggle: BridgeSwitch<Bridge>;
  /** Calls its argument when a setting has changed. */
  readonly onDidChangeSettings: (listener: () => void) => Disposable;
}

/** Offers the MCP server of this window to the editor's own chat while the bridge is on. */
export function offerMcpServer({ toggle, onDidChangeSettings }: McpProviderDeps): Disposable {
  const store = new DisposableStore();
  // Older editors, and others of its kind, do not have it.
  if (typeof vscode.lm?.registerMcpServerDefinitionProvider !== "function") return store;
  const changed = store.add(new Emitter<void>());
  let watching: Disposable | undefined;
  store.add(
    toggle.onDidChangeState(() => {
      void watching?.dispose();
      watching = toggle.bridge?.chatServer.onDidChange(() => changed.fire());
      changed.fire();
    }),
  );
  store.defer(() => watching?.dispose());
  store.add(onDidChangeSettings(() => changed.fire()));
  const provider: vscode.McpServerDefinitionProvider<vscode.McpHttpServerDefinition> = {
    onDidChangeMcpServerDefinitions: (listener) => {
      const listening = changed.event(listener);
      return { dispose: () => void listening.dispose() };
    },
    provideMcpServerDefinitions: async () => {
      const entry = await toggle.bridge?.chatServer.describe();
      if (entry === undefined) return [];
      const { url, headers, version } = entry;
      return [new vscode.McpHttpServerDefinition(LABEL, vscode.Uri.parse(url), { ...headers }, version)];
    },
    resolveMcpServerDefinition: async (server) => {
      const { bridge } = toggle;
      if (bridge === undefined) return undefined;
      server.headers = await bridge.chatServer.authorize(server.headers);
      return server;
    },
  };
  store.add(vscode.lm.registerMcpServerDefinitionProvider(PROVIDER_ID, provider));
  return store;
}
