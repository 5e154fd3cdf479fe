import { DisposableStore } from "../../src/base/disposables.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { type BridgeOverrides, type BridgePorts, composeBridge } from "../../src/bridge/composeBridge.ts";
import type { Core as ComposedCore } from "../../src/bridge/composeCore.ts";
import type { EngineDirectory } from "../../src/core/models/engineDirectory.ts";
import type { TerminalPort } from "../../src/core/terminalPort.ts";
import type { GuardOptions } from "../../src/server/guards/guards.ts";
import type { Ownership } from "../../src/server/listen/ownership.ts";
import type { ListenOptions } from "../../src/server/listen/listen.ts";
import type { AppLimits } from "../../src/server/serverModule.ts";
import type { Json } from "../../src/protocol/values.ts";
import type { RunningServer } from "../../src/server/startServer.ts";
import type { Windows } from "../../src/server/windows/windows.ts";
import { type CoreOptions, coreOptions } from "./core.ts";
import { Redactor } from "../../src/core/privacy/redactor.ts";
import { fakeKiro } from "./fakeKiro.ts";
import type { FakePrincipal, FakePrincipals } from "./fakePrincipals.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "./fakePorts.ts";
import { type Answer, type Call, callPort, RawConnection } from "./httpClient.ts";
import { removeFolder, temporaryFolder } from "./temporaryFolder.ts";

export const TEST_TOKEN = "test-token-0123456789-abcdefghijklmnopqrstuv";

export interface TestBridgeOptions extends Omit<CoreOptions, "editor" | "window"> {
  /** In addition to `test.echo`, which returns its first argument. */
  readonly commands?: ConstructorParameters<typeof FakeEditor>[0];
  readonly folders?: readonly string[];
  readonly windowId?: string;
  /** The other windows at its address. */
  readonly windows?: Windows;
  readonly ownership?: Ownership;
  readonly guards?: Partial<GuardOptions>;
  /** The principals in addition to the owner. */
  readonly principals?: FakePrincipals;
  readonly limits?: Partial<AppLimits>;
  readonly listen?: Partial<ListenOptions>;
  readonly terminals?: TerminalPort;
  /** In place of those of the settings. Their targets are in `modules`. */
  readonly engines?: EngineDirectory;
  /** In place of the bundle of models. */
  readonly loadEngines?: BridgeOverrides["loadEngines"];
  /** In place of the bundle of exports. */
  readonly openExports?: BridgeOverrides["openExports"];
  /** The secrets of destinations. Default: none. */
  readonly exportSecrets?: NonNullable<BridgePorts["exportSecrets"]>;
  /** The keys and the editor's models. Default: none. */
  readonly modelPorts?: Pick<BridgePorts, "engineKeys" | "editorModels">;
  /** The storage folder of the extension. Default: none, so that nothing may be kept. */
  readonly storageFolder?: string;
  /** Keeps what plugins share over a restart. Default: in memory. */
  readonly busFolder?: string;
  readonly pingMs?: number;
  /** Where `writeShippedDocs` has put the documentation. */
  readonly docsFolder?: string;
  /** The tools of MCP servers of the editor. */
  readonly editorTools?: NonNullable<BridgePorts["editorTools"]>;
  /** The values of settings of further modules. */
  readonly settings?: BridgePorts["settings"];
}

/** A fake editor that learns commands while it runs. */
class LearningEditor extends FakeEditor {
  register(id: string, run: (...args: readonly Json[]) => unknown): void {
    this.commands.set(id, run);
    this.changed.fire();
  }
}

interface Core extends ComposedCore {
  readonly window: FakeWindow;
}

/** A whole bridge on a free port, as the extension composes it, around a fake editor. */
export interface TestBridge {
  readonly editor: LearningEditor;
  readonly core: Core;
  applySettings(): void;
  readonly server: RunningServer;
  readonly port: number;
  /** Calls with the token. */
  call(path: string, call?: Call): Promise<Answer>;
  /** The same with the token of a principal. */
  callAs(principal: FakePrincipal, path: string, call?: Call): Promise<Answer>;
  /** `POST /api/kiro/execute` with the token. */
  execute(body: object | string | Uint8Array, headers?: Call["headers"]): Promise<Answer>;
  /** A connection which is hung up at the end of the test. */
  connect(host?: string): RawConnection;
  dispose(): Promise<void>;
}

export async function startTestBridge(given: TestBridgeOptions = {}): Promise<TestBridge> {
  const options = { redactor: new Redactor(), ...given };
  const store = new DisposableStore();
  const window = new FakeWindow(options.windowId);
  window.folders = [...(options.folders ?? [])];
  const editor = new LearningEditor({ "test.echo": (value) => value, ...options.commands });
  const discovery = options.listen?.port === undefined ? "" : await temporaryFolder();
  if (discovery !== "") store.defer(() => removeFolder(discovery));
  const composed = composeBridge(portsOf({ ...options, discovery }, editor, window), overridesOf(options));
  // Nothing is left behind by a bridge that cannot start.
  composed.catch(() => store.dispose());
  const bridge = store.add(await composed);
  const { server, applySettings } = bridge;
  const core = { ...bridge.core, window };
  const callWith = (token: string, path: string, { headers, ...rest }: Call = {}): Promise<Answer> =>
    callPort(server.port, path, { ...rest, headers: { Authorization: `Bearer ${token}`, ...headers } });
  const call: TestBridge["call"] = (path, rest) => callWith(TEST_TOKEN, path, rest);
  return {
    editor,
    core,
    server,
    applySettings,
    port: server.port,
    call,
    callAs: ({ token }, path, rest) => callWith(token, path, rest),
    execute: (body, headers = {}) => call("/api/kiro/execute", { body, headers }),
    connect: (host) => {
      const connection = new RawConnection(server.port, host);
      store.defer(() => connection.close());
      return connection;
    },
    dispose: () => store.dispose(),
  };
}

function portsOf(
  {
    discovery,
    logger = silentLogger,
    settings = () => () => undefined,
    modules = [],
    redactor,
    editorTools,
    modelPorts,
    exportSecrets,
    storageFolder = "",
  }: TestBridgeOptions & { readonly discovery: string },
  editor: FakeEditor,
  window: FakeWindow,
): BridgePorts {
  const folders = { extension: "", storage: storageFolder, discovery };
  return {
    editor,
    window,
    logger,
    settings,
    ...modelPorts,
    ...(redactor !== undefined && { redactor }),
    ...(editorTools !== undefined && { editorTools }),
    ...(exportSecrets !== undefined && { exportSecrets }),
    token: () => TEST_TOKEN,
    version: "0.1.0",
    folders,
    modules,
  };
}

function overridesOf(options: TestBridgeOptions): Parameters<typeof composeBridge>[1] {
  const {
    agent = new FakeAgent(),
    terminals,
    docsFolder = "",
    pingMs,
    principals,
    windows,
    ownership,
    engines,
    loadEngines,
    openExports,
  } = options;
  const createKiro = options.createKiro ?? (() => fakeKiro({ agent, ...(terminals !== undefined && { terminals }) }));
  return {
    createKiro,
    ...(engines !== undefined && { engines }),
    ...(loadEngines !== undefined && { loadEngines }),
    ...(openExports !== undefined && { openExports }),
    core: { ...coreOptions(options), docsFolder, busFolder: options.busFolder },
    server: {
      guards: { authMode: "token", token: TEST_TOKEN, allowedHosts: [], allowedOrigins: [], ...options.guards },
      limits: { maxBodyBytes: 10 * 1024 * 1024, maxRequestsPerMinute: 0, ...options.limits },
      listen: {
        port: 0,
        host: "127.0.0.1",
        portConflict: "fail",
        receiveTimeoutMs: 30_000,
        describeOwner: async (port) => `Port ${port} is taken.`,
        ...options.listen,
      },
      ...(principals !== undefined && { authenticator: principals }),
      ...(pingMs !== undefined && { pingMs }),
      ...(windows !== undefined && { windows }),
      ...(ownership !== undefined && { ownership }),
    },
  };
}
