import * as vscode from "vscode";
import type { Models } from "../agents/engines/models.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { Event } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import { type BridgePorts, composeBridge, type ComposedBridge } from "../bridge/composeBridge.ts";
import type { Core } from "../bridge/composeCore.ts";
import { editorUser } from "../core/access/principal.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import { discoveryFolder } from "../windows/bridgeEntry.ts";
import { ExternalAddress } from "./address/externalAddress.ts";
import { EditorCommands } from "./editor/editorCommands.ts";
import { EditorWindow } from "./editor/editorWindow.ts";
import type { AnswerEditorDeps } from "./models/offer/answerEditor.ts";
import { offeredModels } from "./models/offer/offeredModels.ts";
import { editorModels, editorTools } from "./models/modelPorts.ts";
import { natsCredentials } from "./plugins/natsCredentials.ts";
import { pluginPorts } from "./plugins/pluginPorts.ts";
import { ChatServer } from "./mcp/chatServer.ts";
import { ChatToken } from "./mcp/chatToken.ts";
import { bridgeNote } from "../hosting/lifecycle/bridgeNote.ts";
import { lossOf } from "../hosting/lifecycle/lossOf.ts";
import type { RunningBridge } from "../hosting/lifecycle/bridgeSwitch.ts";
import { Presence } from "../hosting/presence/presence.ts";
import { publishBridge, type PublishedBridge } from "../hosting/presence/publishBridge.ts";
import { setTerminalEnvironment } from "./presence/terminalEnvironment.ts";
import { discoveryMode, readEditorSettings } from "./settings.ts";
import { namedSecrets } from "./secrets/namedSecrets.ts";
import { MemoryTokens } from "../hosting/tokens/memoryTokens.ts";
import type { OwnerTokens, TokenStore } from "../hosting/tokens/ownerTokens.ts";

/** All that is alive while the bridge is on. */
export interface Bridge
  extends RunningBridge,
    Core,
    Pick<ComposedBridge, "address" | "windows" | "pluginHosting" | "applySettings" | "diagnoseCli" | "isOutdated"> {
  /** The token; undefined if `auth.mode` is `none`. */
  readonly token: string | undefined;
  readonly tokens: OwnerTokens;
  /** True if the owner's token is not published, and is in the memory of this window alone. */
  readonly isPaired: boolean;
  readonly window: EditorWindow;
  readonly external: ExternalAddress;
  readonly chatServer: ChatServer;
  /** The models for the editor's own chat, and what answers its requests. */
  readonly offer: Omit<AnswerEditorDeps, "api"> & {
    readonly models: () => readonly vscode.LanguageModelChatInformation[];
  };
  /** Returns the bundle of models. @throws BridgeError if the bridge is starting or stopping */
  readonly models: () => Promise<Models>;
  /** `note` is another one: another window has closed and left `bridge.json` to this one. */
  readonly onDidChangeNote: Event<void>;
}

/**
 * Composes the bridge of this window with the editor's ports.
 * @throws BridgeError CONFIGURATION_ERROR if the server cannot listen, when nothing is left open
 */
export async function composeEditorBridge(
  context: vscode.ExtensionContext,
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
  context: vscode.ExtensionContext,
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
  const window = store.add(new EditorWindow({ api: vscode, discoveryFolder: discovery }));
  const bridge = await composeBridge({
    ...editorPorts(context, logger, store),
    editor,
    window,
    logger,
    token: () => presence.token,
    version,
    folders: { extension: context.extensionPath, storage: context.globalStorageUri.fsPath, discovery },
    publish: (published) => publish({ ...published, context, presence, window, version, isPaired, folder: discovery }),
  });
  const { server, address } = bridge;
  store.add(bridge);
  const authMode = () => bridge.settings["auth.mode"];
  const external = store.add(externalAddressOf(bridge, logger));
  return {
    ...bridge.core,
    address,
    windows: bridge.windows,
    pluginHosting: bridge.pluginHosting,
    window,
    external,
    chatServer: chatServerOf({ bridge, context, windowId: window.describe().id, version }, store),
    ...modelParts(bridge, version),
    isPaired,
    onDidFail: lossOf(address),
    get url() {
      return address.url;
    },
    get port() {
      return address.port;
    },
    tokens: ownTokens,
    onDidChangeNote: presence.onDidChangeNote,
    get note() {
      return bridgeNote({ addresses: server.addresses, address, entryNote: presence.note, authMode: authMode() });
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

function modelParts(bridge: ComposedBridge, version: string): Pick<Bridge, "offer" | "models"> {
  const { enginesModule, gateways } = bridge.core;
  // Engines that are added later are there after a restart.
  const { engines } = bridge.settings;
  const lendsTools = (): boolean => bridge.settings["gateways.clientTools"] === "lend";
  return {
    offer: {
      models: () => offeredModels({ engines, lendsTools: lendsTools(), version }),
      turns: gateways.turns,
      caller: editorUser,
    },
    models: async () => {
      if (enginesModule === undefined) throw bridgeStopping();
      return await enginesModule.models();
    },
  };
}

/** Returns the ports to what the editor keeps and shows for the extension. */
function editorPorts(
  context: vscode.ExtensionContext,
  logger: Logger,
  disposables: DisposableStore,
): Pick<
  BridgePorts,
  "settings" | "plugins" | "natsCredentials" | "engineKeys" | "exportSecrets" | "editorModels" | "editorTools"
> {
  return {
    settings: readEditorSettings,
    plugins: pluginPorts(context),
    natsCredentials: natsCredentials(context),
    engineKeys: disposables.add(namedSecrets("engines", context, logger)),
    exportSecrets: disposables.add(namedSecrets("exports", context, logger)),
    editorModels: editorModels(context),
    editorTools: editorTools(),
  };
}

function externalAddressOf(bridge: ComposedBridge, logger: Logger): ExternalAddress {
  return new ExternalAddress({
    remoteName: vscode.env.remoteName,
    asExternalUrl: async (url) => (await vscode.env.asExternalUri(vscode.Uri.parse(url))).toString(true),
    address: bridge.address,
    access: () => ({
      authMode: bridge.settings["auth.mode"],
      allowedHosts: bridge.settings["api.allowedHosts"],
    }),
    logger,
  });
}

interface ChatServerParts {
  readonly bridge: ComposedBridge;
  readonly context: Pick<vscode.ExtensionContext, "secrets" | "globalState">;
  readonly windowId: string;
  readonly version: string;
}

function chatServerOf(
  { bridge, context, windowId, version }: ChatServerParts,
  disposables: DisposableStore,
): ChatServer {
  const deps = { store: bridge.core.access.store, secrets: context.secrets, state: context.globalState };
  const name = `Chat of ${vscode.env.appName}`;
  const token = disposables.add(
    new ChatToken(deps, { name, keepsSecrets: vscode.env.uiKind === vscode.UIKind.Desktop }),
  );
  const settings = () => bridge.settings;
  return disposables.add(new ChatServer({ token, address: bridge.address, settings, windowId, version }));
}

interface PublishDeps extends PublishedBridge {
  readonly context: Pick<vscode.ExtensionContext, "environmentVariableCollection">;
  /** The discovery folder. */
  readonly folder: string;
}

/** Publishes the address to programs and terminals until it is disposed. */
async function publish({ context, folder, ...published }: PublishDeps): Promise<Disposable> {
  const store = new DisposableStore();
  store.add(await publishBridge(published));
  store.add(setTerminalEnvironment(context.environmentVariableCollection, { address: published.address, folder }));
  return store;
}
