import { EchoTerminal } from "../../support/programs/fakeTerminal.ts";
import { simulatedKiro } from "../../support/simulatedKiro.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startLinkedBridges } from "../../support/windows/linkedBridges.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../support/testBridge.ts";
import { editorCommands, Gate } from "./editorCommands.ts";

/** The settings of an area. */
export interface WireBridgeOptions
  extends Pick<
    TestBridgeOptions,
    "guards" | "limits" | "lanes" | "maxConnections" | "inputTimeoutMs" | "listen" | "workbenchTickMs"
  > {
  /** False: no Kiro CLI is installed. */
  readonly hasCli?: boolean;
  /** Writes the history to files, so that it survives `restart`. */
  readonly keepsHistory?: boolean;
  /** The clients call another window, which sends everything here. */
  readonly isMember?: boolean;
}

/** A bridge in its surroundings. The recording knows nothing of the product but its wire and this class. */
export class WireBridge {
  /** The one folder that is open in the window. */
  readonly folder: string;
  /** Holds `test.waits`. */
  readonly gate = new Gate();
  readonly #options: WireBridgeOptions;
  #bridge: TestBridge | undefined;
  #port = 0;
  #dispose = async (): Promise<void> => undefined;

  private constructor(folder: string, options: WireBridgeOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: WireBridgeOptions = {}): Promise<WireBridge> {
    const wireBridge = new WireBridge(await temporaryFolder(), options);
    await wireBridge.#start();
    return wireBridge;
  }

  get port(): number {
    return this.#port;
  }

  get token(): string {
    return TEST_TOKEN;
  }

  /** Ends this life of the bridge and begins the next on the same files. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  setPolicy(allow: readonly string[], deny: readonly string[]): void {
    this.#started.core.policy.reconfigure(allow, deny);
    this.#started.server.enforcePolicy();
  }

  /** Makes `GET /api/kiro/status` fail as a defect of the bridge would. */
  breakStatus(): void {
    this.#started.core.window.describe = () => {
      throw new Error("a defect");
    };
  }

  /**
   * The page of the editor is closed at the moment at which the next command waits. A command goes on if the page is known to
   * have been there later.
   */
  closeWindowInNextCommand(): void {
    const { editor } = this.#started;
    this.gate.onWait = () => {
      editor.reachWorkbench = () => new Promise(() => undefined);
    };
  }

  rotateToken(token: string): void {
    this.#started.server.rotateToken(token);
  }

  announceStop(): void {
    this.#started.server.announceStop();
  }

  /** As the user of the editor does. */
  disconnectClients(): void {
    const { clients } = this.#started.core;
    for (const { id } of clients.list()) clients.disconnect(id);
  }

  async stop(): Promise<void> {
    await this.#dispose();
    this.#dispose = async () => undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await removeFolder(this.folder);
  }

  get #started(): TestBridge {
    if (this.#bridge === undefined) throw new Error("The bridge has not been started.");
    return this.#bridge;
  }

  async #start(): Promise<void> {
    const { hasCli = true, keepsHistory = false, isMember = false, ...options } = this.#options;
    const all: TestBridgeOptions = {
      defaultTimeoutMs: 600_000,
      ...options,
      ...(keepsHistory && { journal: { folder: `${this.folder}/.history` } }),
      createKiro: (events) =>
        simulatedKiro({
          folder: this.folder,
          isInstalled: hasCli,
          env: { FAKE_KIRO_WORDS: "6" },
          report: (event) => events.append(event),
          terminals: { open: async () => new EchoTerminal() },
        }),
      commands: editorCommands(this.gate),
      folders: [this.folder],
    };
    const started = isMember ? await startMember(all) : await startAlone(all);
    this.#bridge = started.bridge;
    this.#port = started.port;
    this.#dispose = () => started.dispose();
  }
}

interface StartedBridge {
  readonly bridge: TestBridge;
  readonly port: number;
  dispose(): Promise<void>;
}

async function startAlone(options: TestBridgeOptions): Promise<StartedBridge> {
  const bridge = await startTestBridge(options);
  return { bridge, port: bridge.port, dispose: () => bridge.dispose() };
}

/** Starts a bridge behind the owner of the address, which has nothing of its own. */
async function startMember(member: TestBridgeOptions): Promise<StartedBridge> {
  const bridges = await startLinkedBridges({ member: { ...member, windowId: "window-1" } });
  bridges.windows.focused = "window-1";
  return { bridge: bridges.member, port: bridges.owner.port, dispose: () => bridges.dispose() };
}
