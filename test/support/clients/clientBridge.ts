import { DisposableStore } from "../../../src/base/disposables.ts";
import { editorUser } from "../../../src/core/access/principal.ts";
import { publishEntry } from "../../../src/windows/discovery.ts";
import { EchoTerminal } from "../programs/fakeTerminal.ts";
import { simulatedKiro } from "../simulatedKiro.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../testBridge.ts";
import { until } from "../until.ts";
import { ControlServer, type Orders } from "./controlServer.ts";

/** The surroundings of a client in another language: variables for its environment. */
export interface ClientSurroundings {
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

export interface ClientBridge extends ClientSurroundings {
  readonly bridge: TestBridge;
  /** Ends the commands `test.held` that run. */
  readonly release: () => void;
}

/** Starts a whole bridge with a simulated Kiro CLI, which clients find by its discovery folder and tests control. */
export async function startClientBridge(): Promise<ClientBridge> {
  const store = new DisposableStore();
  const home = await temporaryFolder();
  store.defer(() => removeFolder(home));
  const held = new HeldCommands();
  const bridge = store.add(await startTestBridge({ ...optionsOf(home), commands: commandsOf(held) }));
  const publisher = new Publisher(home, bridge);
  await publisher.publish();
  const control = store.add(await ControlServer.start(ordersOf(bridge, held, publisher)));
  const env = { KIRO_BRIDGE_HOME: home, KIRO_BRIDGE_TEST_CONTROL: control.url };
  return { bridge, env, release: () => held.release(), dispose: () => store.dispose() };
}

function optionsOf(folder: string): Parameters<typeof startTestBridge>[0] {
  return {
    folders: [folder],
    journal: { folder: `${folder}/.history` },
    createKiro: (events) =>
      simulatedKiro({
        folder,
        isInstalled: true,
        report: (event) => events.append(event),
        terminals: { open: async () => new EchoTerminal() },
      }),
  };
}

/** Commands that go on until they are released. */
class HeldCommands {
  #released = Promise.withResolvers<void>();

  get released(): Promise<void> {
    return this.#released.promise;
  }

  release(): void {
    this.#released.resolve();
    this.#released = Promise.withResolvers();
  }
}

function commandsOf(held: HeldCommands): NonNullable<Parameters<typeof startTestBridge>[0]>["commands"] {
  let count = 0;
  return {
    "test.count": () => ++count,
    "test.held": () => held.released,
    "test.fails": () => {
      throw new Error("it broke");
    },
  };
}

/** Keeps the discovery file up to date, as the extension does. */
class Publisher {
  readonly #folder: string;
  readonly #bridge: TestBridge;
  #token = TEST_TOKEN;
  #rotations = 0;

  constructor(folder: string, bridge: TestBridge) {
    this.#folder = folder;
    this.#bridge = bridge;
  }

  async publish(hasToken = true): Promise<void> {
    const window = { id: "window-1", pid: process.pid, editor: "Test", workspaceFolders: [this.#folder] };
    await publishEntry(this.#folder, {
      version: "0.1.0",
      url: this.#bridge.server.url,
      pid: process.pid,
      ...(hasToken && { token: this.#token }),
      windows: [window],
    });
  }

  async rotate(): Promise<void> {
    this.#token = `${TEST_TOKEN.slice(0, -4)}-${String(++this.#rotations).padStart(3, "0")}`;
    await this.publish();
    this.#bridge.server.rotateToken(this.#token);
  }
}

function ordersOf({ core }: TestBridge, held: HeldCommands, publisher: Publisher): Orders {
  return {
    release: async () => held.release(),
    disconnect: async () => {
      for (const { id } of core.clients.list()) core.clients.disconnect(id);
    },
    rotate: () => publisher.rotate(),
    publish: ({ token }) => publisher.publish(token === true),
    decide: async ({ decision }) => {
      const { pairings } = core.access;
      await until(() => pairings.pending.length > 0);
      const [{ id } = { id: "" }] = pairings.pending;
      pairings.decide(id, { decision: decision === "allow" ? "allow" : "deny" }, editorUser);
    },
  };
}
