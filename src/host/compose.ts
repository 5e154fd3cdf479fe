import type { ExtensionContext } from "vscode";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { Event } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import { composeBridge, type ComposedBridge } from "../bridge/composeBridge.ts";
import type { Core } from "../bridge/composeCore.ts";
import { identify, processSpace } from "../core/processes.ts";
import type { RunningServer } from "../server/startServer.ts";
import { discoveryFolder } from "../windows/bridgeEntry.ts";
import { EditorCommands } from "./editor/editorCommands.ts";
import { EditorWindow } from "./editor/editorWindow.ts";
import { bridgeNote } from "./lifecycle/bridgeNote.ts";
import type { RunningBridge } from "./lifecycle/bridgeSwitch.ts";
import { Presence } from "./presence/presence.ts";
import { setTerminalEnvironment } from "./presence/terminalEnvironment.ts";
import { discoveryMode, readEditorSettings } from "./settings.ts";
import { MemoryTokens } from "./token/memoryTokens.ts";
import type { OwnerTokens, TokenStore } from "./token/token.ts";

/** All that is alive while the bridge is on. */
export interface Bridge
  extends RunningBridge,
    Core,
    Pick<ComposedBridge, "applySettings" | "diagnoseCli" | "isOutdated"> {
  /** The token; undefined if `auth.mode` is `none`. */
  readonly token: string | undefined;
  readonly tokens: OwnerTokens;
  /** `note` is another one: another window has closed and left `bridge.json` to this one. */
  readonly onDidChangeNote: Event<void>;
}

/**
 * Composes the bridge of this window with the editor's ports.
 * @throws BridgeError CONFIGURATION_ERROR if the server cannot listen, when nothing is left open
 */
export async function composeEditorBridge(
  context: ExtensionContext,
  tokens: TokenStore,
  logger: Logger,
): Promise<Bridge> {
  const store = new DisposableStore();
  try {
    return await build(context, tokens, logger, store);
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

async function build(
  context: ExtensionContext,
  tokens: TokenStore,
  logger: Logger,
  store: DisposableStore,
): Promise<Bridge> {
  const version = String(context.extension.packageJSON.version);
  const discovery = discoveryFolder(process.env);
  const isPaired = discoveryMode() === "pair";
  const ownTokens = isPaired ? store.add(new MemoryTokens()) : tokens;
  const unused = isPaired ? tokens : undefined;
  const presence = await Presence.begin({ folder: discovery, tokens: ownTokens, unused, logger });
  const editor = store.add(new EditorCommands());
  const window = store.add(new EditorWindow(discovery));
  const bridge = await composeBridge({
    editor,
    window,
    logger,
    settings: readEditorSettings,
    token: () => presence.token,
    version,
    folders: { extension: context.extensionPath, storage: context.globalStorageUri.fsPath, discovery },
    publish: (server) => publish({ context, presence, window, server, version, isPaired, folder: discovery }),
  });
  const { server } = bridge;
  store.add(bridge);
  const authMode = () => bridge.settings["auth.mode"];
  return {
    ...bridge.core,
    url: server.url,
    port: server.port,
    tokens: ownTokens,
    onDidChangeNote: presence.onDidChangeNote,
    get note() {
      return bridgeNote({ server, entryNote: presence.note, authMode: authMode() });
    },
    get token() {
      return authMode() === "none" ? undefined : presence.token;
    },
    diagnoseCli: bridge.diagnoseCli,
    applySettings: bridge.applySettings,
    isOutdated: bridge.isOutdated,
    dispose: () => store.dispose(),
  };
}

interface PublishDeps {
  readonly context: Pick<ExtensionContext, "environmentVariableCollection">;
  readonly presence: Presence;
  readonly window: EditorWindow;
  readonly server: RunningServer;
  readonly version: string;
  /** True if the entry must not have the token. */
  readonly isPaired: boolean;
  /** The discovery folder. */
  readonly folder: string;
}

/** Publishes the address of the server to programs and terminals until it is disposed. */
async function publish({
  context,
  presence,
  window,
  server,
  version,
  isPaired,
  folder,
}: PublishDeps): Promise<Disposable> {
  const store = new DisposableStore();
  store.add(presence);
  const { url } = server;
  const { pid } = process;
  const self = { version, url, pid, started: (await identify(pid))?.started, machine: processSpace };
  try {
    await presence.show(server, (token) => ({ ...self, ...(!isPaired && { token }), windows: [window.describe()] }));
  } catch (error) {
    await store.dispose();
    throw error;
  }
  store.add(setTerminalEnvironment(context.environmentVariableCollection, { url, folder }));
  store.add(window.onDidChange(() => presence.changed()));
  return store;
}
