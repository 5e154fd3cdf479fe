import { type KiroDeps, kiroModule } from "../../src/bridge/kiroModule.ts";
import type { BridgeModule } from "../../src/bridge/bridgeModule.ts";
import { coreModule, docsModule, eventsModule, metricsModule } from "../../src/bridge/modules.ts";
import { DisposableStore } from "../../src/base/disposables.ts";
import type { TerminalPort } from "../../src/core/terminalPort.ts";
import { BridgeError } from "../../src/protocol/errors.ts";
import { type Logger, silentLogger } from "../../src/base/logger.ts";
import type { AppLimits } from "../../src/server/serverModule.ts";
import type { GuardOptions } from "../../src/server/guards/guards.ts";
import type { ListenOptions } from "../../src/server/listen/listen.ts";
import type { Json } from "../../src/protocol/values.ts";
import { type RunningServer, startServer } from "../../src/server/startServer.ts";
import { type Core, type CoreOptions, makeCore } from "./core.ts";
import { FakeEditor, FakeWindow } from "./fakePorts.ts";
import { type Answer, type Call, callPort, RawConnection } from "./httpClient.ts";
import { sourceSchemaChecks } from "./schemaChecks.ts";

export const TEST_TOKEN = "test-token-0123456789-abcdefghijklmnopqrstuv";

export interface TestBridgeOptions extends Omit<CoreOptions, "editor" | "window"> {
  /** Beside `test.echo`, which gives its first argument. */
  readonly commands?: ConstructorParameters<typeof FakeEditor>[0];
  readonly folders?: readonly string[];
  readonly guards?: Partial<GuardOptions>;
  readonly limits?: Partial<AppLimits>;
  readonly listen?: Partial<ListenOptions>;
  readonly terminals?: TerminalPort;
  readonly kiro?: KiroDeps;
  readonly pingMs?: number;
  /** Where `writeShippedDocs` has put the documentation. */
  readonly docsFolder?: string;
  readonly logger?: Logger;
}

/** A fake editor that learns commands while it runs. */
class LearningEditor extends FakeEditor {
  register(id: string, run: (...args: readonly Json[]) => unknown): void {
    this.commands.set(id, run);
    this.changed.fire();
  }
}

/** A whole bridge on a free port: the real core and the real server around a fake editor. */
export interface TestBridge {
  readonly editor: LearningEditor;
  readonly core: Core;
  readonly server: RunningServer;
  readonly port: number;
  /** Calls with the token. */
  call(path: string, call?: Call): Promise<Answer>;
  /** `POST /api/kiro/execute` with the token. */
  execute(body: object | string | Uint8Array, headers?: Call["headers"]): Promise<Answer>;
  /** A connection which is hung up at the end of the test. */
  connect(host?: string): RawConnection;
  dispose(): Promise<void>;
}

export async function startTestBridge(options: TestBridgeOptions = {}): Promise<TestBridge> {
  const store = new DisposableStore();
  const window = new FakeWindow();
  window.folders = [...(options.folders ?? [])];
  const editor = new LearningEditor({ "test.echo": (value) => value, ...options.commands });
  const core = makeCore({ ...options, editor, window });
  await core.catalog.refresh();
  const server = store.add(await startServer(serverOptions(core, options)));
  store.add(core.dispatcher);
  store.defer(() => server.announceStop());
  const call: TestBridge["call"] = (path, { headers, ...rest } = {}) =>
    callPort(server.port, path, { ...rest, headers: { Authorization: `Bearer ${TEST_TOKEN}`, ...headers } });
  return {
    editor,
    core,
    server,
    port: server.port,
    call,
    execute: (body, headers = {}) => call("/api/kiro/execute", { body, headers }),
    connect: (host) => {
      const connection = new RawConnection(server.port, host);
      store.defer(() => connection.close());
      return connection;
    },
    dispose: () => store.dispose(),
  };
}

const noKiro: KiroDeps = {
  sessions: () => [],
  closeSession: async (id) => id,
  extractJson: () => undefined,
  isSimulated: () => false,
  schemas: sourceSchemaChecks(),
};

const noTerminals: TerminalPort = {
  open: () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE")),
};

/** The modules of the bridge, without a Kiro CLI unless one is given. */
export function modulesOf({
  kiro = noKiro,
  terminals = noTerminals,
  docsFolder = "",
}: Pick<TestBridgeOptions, "kiro" | "terminals" | "docsFolder"> = {}): readonly BridgeModule[] {
  return [coreModule, eventsModule, kiroModule({ kiro, terminals }), metricsModule, docsModule(docsFolder)];
}

function serverOptions(core: Core, options: TestBridgeOptions): Parameters<typeof startServer>[0] {
  return {
    core,
    modules: modulesOf(options),
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
    clients: core.clients,
    version: "0.1.0",
    ...(options.pingMs !== undefined && { pingMs: options.pingMs }),
    logger: options.logger ?? silentLogger,
  };
}
