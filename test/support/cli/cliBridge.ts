import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { simulatedKiro } from "../simulatedKiro.ts";
import { EchoTerminal } from "../programs/fakeTerminal.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { until } from "../until.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";
import { type CliOptions, CliProcess, type CliResult } from "./cliProcess.ts";

/** A real bridge with the simulator as its Kiro CLI, which is published in a folder of its own. */
export class CliBridge {
  readonly bridge: TestBridge;
  /** The discovery folder. */
  readonly home: string;
  /** The folder that is open in the window. */
  readonly folder: string;

  private constructor(bridge: TestBridge, home: string, folder: string) {
    this.bridge = bridge;
    this.home = home;
    this.folder = folder;
  }

  static async start(options: TestBridgeOptions = {}): Promise<CliBridge> {
    const [home, folder] = await Promise.all([temporaryFolder(), temporaryFolder()]);
    const bridge = await startTestBridge({
      createKiro: (events) =>
        simulatedKiro({
          folder,
          isInstalled: true,
          env: { FAKE_KIRO_WORDS: "6" },
          report: (event) => events.append(event),
          terminals: { open: async () => new EchoTerminal() },
        }),
      folders: [folder],
      ...options,
    });
    const started = new CliBridge(bridge, home, folder);
    await started.publish();
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.bridge.port}`;
  }

  /** Writes the discovery file, with other fields than usual, or to the folder of another bridge. */
  async publish(
    fields: Readonly<Record<string, unknown>> = {},
    file = "bridge.json",
    folder = this.home,
  ): Promise<void> {
    const entry = { version: "0.1.0", url: this.url, pid: process.pid, token: TEST_TOKEN, windows: [], ...fields };
    await writeFile(join(folder, file), JSON.stringify(entry), { mode: 0o600 });
  }

  get env(): Readonly<Record<string, string>> {
    return { KIRO_BRIDGE_HOME: this.home };
  }

  /** Starts the command line with this folder. */
  start(args: readonly string[], { env, ...options }: CliOptions = {}): Promise<CliProcess> {
    return CliProcess.start(args, { ...options, env: { ...this.env, ...env } });
  }

  async run(args: readonly string[], options?: CliOptions): Promise<CliResult> {
    return await (await this.start(args, options)).ended;
  }

  /** Waits until an execution runs, and returns its ID. */
  async whenRunning(): Promise<string> {
    let id: string | undefined;
    await until(async () => {
      const { json } = await this.bridge.call("/api/kiro/executions?status=running");
      id = (json as { executions: { id: string }[] }).executions[0]?.id;
      return id !== undefined;
    }, "a running execution");
    return id ?? "";
  }

  async dispose(): Promise<void> {
    await this.bridge.dispose();
    await Promise.all([this.home, this.folder].map(removeFolder));
  }
}
