import { DisposableStore } from "../base/disposables.ts";
import { noEvent } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import { startDeadline } from "../base/deadline.ts";
import { composeBridge, type ComposedBridge } from "../bridge/composeBridge.ts";
import type { Core } from "../bridge/composeCore.ts";
import { readSettings } from "../bridge/settingsTable.ts";
import type { Redactor } from "../core/privacy/redactor.ts";
import { noEditor } from "../editor/noEditor.ts";
import { bridgeNote } from "../hosting/lifecycle/bridgeNote.ts";
import { lossOf } from "../hosting/lifecycle/lossOf.ts";
import type { RunningBridge } from "../hosting/lifecycle/bridgeSwitch.ts";
import { Presence } from "../hosting/presence/presence.ts";
import { publishBridge } from "../hosting/presence/publishBridge.ts";
import { MemoryTokens } from "../hosting/tokens/memoryTokens.ts";
import { type SecretStore, TokenStore } from "../hosting/tokens/ownerTokens.ts";
import { TokenFile } from "../windows/tokenFile.ts";
import { withOperatorFile } from "./ports/operatorFile.ts";
import { pluginPorts } from "./ports/pluginPorts.ts";
import { secretPorts } from "./ports/secretPorts.ts";
import { ServerWindow } from "./serverWindow.ts";

export interface ServerOptions {
  /** Returns the settings now, by their keys without the prefix `kiroBridge.`. */
  readonly settings: () => (key: string) => unknown;
  /** Absolute paths. */
  readonly workspaceFolders: readonly string[];
  /** The plugins that may run, as `approvalOf` names them. */
  readonly allowedPlugins?: readonly string[] | undefined;
  readonly folders: {
    /** Contains `dist` with the bundles and the documents. */
    readonly installation: string;
    readonly storage: string;
    readonly discovery: string;
  };
  readonly version: string;
  readonly logger: Logger;
  /** Masks what is logged and stored. */
  readonly redactor?: Redactor;
}

/** A bridge without an editor, while it is on. */
export interface ServerBridge
  extends RunningBridge,
    Core,
    Pick<ComposedBridge, "address" | "windows" | "applySettings" | "isOutdated" | "settings"> {
  /** Undefined if `auth.mode` is `none`. */
  readonly token: string | undefined;
  /** Refuses new requests, and waits for those that run, for at most `ms` milliseconds. Dispose the bridge afterwards. */
  drain(ms: number): Promise<void>;
}

/**
 * Composes the bridge without an editor.
 * @throws BridgeError CONFIGURATION_ERROR if the server cannot listen, when nothing is left open
 */
export async function composeServer(options: ServerOptions): Promise<ServerBridge> {
  const store = new DisposableStore();
  try {
    return await build(options, store);
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

async function build(options: ServerOptions, store: DisposableStore): Promise<ServerBridge> {
  const { settings, workspaceFolders, folders, version, logger, redactor } = options;
  const { discovery: folder, storage } = folders;
  const isPaired = readSettings(settings()).settings["auth.discovery"] === "pair";
  const stored = store.add(new TokenStore({ file: new TokenFile(folder), secrets: memorySecrets(), logger }));
  const tokens = isPaired ? store.add(new MemoryTokens()) : stored;
  const presence = await Presence.begin({ folder, tokens, unused: isPaired ? stored : undefined, logger });
  const window = new ServerWindow({ workspaceFolders, discoveryFolder: folder });
  const bridge = await composeBridge({
    editor: noEditor,
    window,
    logger,
    ...(redactor !== undefined && { redactor }),
    settings,
    token: () => presence.token,
    version,
    folders: { extension: folders.installation, storage, discovery: folder },
    ...secretPorts(storage, logger, store),
    plugins: pluginPorts(options.allowedPlugins ?? [], logger),
    publish: async (published) => {
      const publication = await publishBridge({ ...published, presence, window, version, isPaired });
      return isPaired ? withOperatorFile({ publication, storage, presence, logger }) : publication;
    },
  });
  store.add(bridge);
  const { server, address } = bridge;
  const authMode = () => bridge.settings["auth.mode"];
  return {
    ...bridge.core,
    address,
    windows: bridge.windows,
    applySettings: bridge.applySettings,
    isOutdated: bridge.isOutdated,
    get settings() {
      return bridge.settings;
    },
    get url() {
      return address.url;
    },
    get port() {
      return address.port;
    },
    get token() {
      return authMode() === "none" ? undefined : presence.token;
    },
    get note() {
      return bridgeNote({ addresses: server.addresses, address, entryNote: presence.note, authMode: authMode() });
    },
    onDidFail: lossOf(address),
    drain: (ms) => {
      server.announceStop();
      bridge.core.dispatcher.drain();
      return idle(bridge.core.executions, ms);
    },
    dispose: () => store.dispose(),
  };
}

/** Resolves when no execution is active any more, or after `ms` milliseconds. */
async function idle(executions: Core["executions"], ms: number): Promise<void> {
  const store = new DisposableStore();
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (executions.active.size === 0) resolve();
    };
    store.add(startDeadline(ms, resolve));
    store.add(executions.onDidChange(look));
    look();
  });
  await store.dispose();
}

/** Keeps a token until the process ends, where its file cannot be written. */
function memorySecrets(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(secrets.get(key)),
    store: async (key, secret) => void secrets.set(key, secret),
    delete: async (key) => void secrets.delete(key),
    onDidChange: noEvent,
  };
}
