import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../../src/base/logger.ts";
import { noEvent } from "../../../src/base/events.ts";
import { type ComposedBridge, composeBridge } from "../../../src/bridge/composeBridge.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import type { ApprovalRequest } from "../../../src/plugins/hub/hosting/approvals.ts";
import type { WindowPlugins } from "../../../src/plugins/hub/hosting/windowPlugins.ts";
import type { PluginState } from "../../../src/plugins/hub/pluginDirectory.ts";
import { fakeKiro } from "../fakeKiro.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "../fakePorts.ts";
import { type Answer, type Call, callPort } from "../httpClient.ts";
import { freePort } from "../programs/freePort.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { until } from "../until.ts";

export interface PluginBridgeOptions {
  readonly discovery: string;
  readonly windowId: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly port?: number;
  readonly workspace?: readonly string[];
  /** The answers of the user to approvals; shared by windows. */
  readonly approvals?: Map<string, unknown>;
}

/** A whole bridge that finds and starts plugins, as the extension composes it, around a fake editor. */
export class PluginBridge {
  readonly bridge: ComposedBridge;
  readonly plugins: WindowPlugins;
  readonly asked: readonly ApprovalRequest[];
  readonly log: readonly string[];

  private constructor(parts: Pick<PluginBridge, "bridge" | "plugins" | "asked" | "log">) {
    this.bridge = parts.bridge;
    this.plugins = parts.plugins;
    this.asked = parts.asked;
    this.log = parts.log;
  }

  static async start(options: PluginBridgeOptions): Promise<PluginBridge> {
    const { discovery, windowId, approvals = new Map<string, unknown>(), workspace = [] } = options;
    const values: Readonly<Record<string, unknown>> = {
      "api.port": options.port ?? (await freePort()),
      "history.enabled": false,
      "audit.enabled": false,
      ...options.settings,
    };
    const asked: ApprovalRequest[] = [];
    const log: string[] = [];
    const write: Logger["info"] = (text, facts) => void log.push(`${text} ${JSON.stringify(facts ?? {})}`);
    const window = Object.assign(new FakeWindow(windowId), { onDidChange: noEvent });
    const bridge = await composeBridge(
      {
        editor: new FakeEditor({}),
        window,
        logger: { debug: write, info: write, warn: write, error: write },
        redactor: new Redactor(),
        settings: () => (key) => values[key],
        token: () => TEST_TOKEN,
        version: "0.1.0",
        folders: { extension: "", storage: join(discovery, "storage"), discovery },
        plugins: {
          approvals: { get: (key) => approvals.get(key), set: async (key, value) => void approvals.set(key, value) },
          ask: async (request) => {
            asked.push(request);
            return "allow";
          },
          failed: async () => false,
          report: ({ folder, message }) => void log.push(`${folder}: ${message}`),
          workspaceFolders: () => workspace,
          onDidChangeFolders: noEvent,
        },
      },
      { createKiro: () => fakeKiro({ agent: new FakeAgent() }) },
    );
    const plugins = await bridge.pluginHosting.opened;
    if (plugins === undefined) throw new Error(`The plugins were not started:\n${log.join("\n")}`);
    return new PluginBridge({ bridge, plugins, asked, log });
  }

  call(path: string, call: Call = {}): Promise<Answer> {
    return callPort(this.bridge.address.port, path, { ...call, headers: { Authorization: `Bearer ${TEST_TOKEN}` } });
  }

  execute(body: object): Promise<Answer> {
    return this.call("/api/kiro/execute", { body });
  }

  /** Waits until a plugin of any window has a state. */
  async reaches(name: string, state: PluginState): Promise<void> {
    const stateOf = () => this.plugins.directory.plugins().find((record) => record.name === name)?.state;
    await until(() => stateOf() === state, `${name} to be ${state}, of ${this.log.slice(-20).join("\n")}`);
  }

  dispose(): Promise<void> {
    return this.bridge.dispose();
  }
}

/** Writes a plugin whose `main.mjs` may import `kiro-bridge/plugin`, once `installSdk` was called for a folder above. */
export async function writePlugin(folder: string, manifest: object, main: string): Promise<void> {
  await mkdir(join(folder, ".claude-plugin"), { recursive: true });
  const content = { version: "1.0.0", main: "main.mjs", ...manifest };
  await writeFile(join(folder, "main.mjs"), main);
  await writeFile(join(folder, ".claude-plugin", "plugin.json"), JSON.stringify(content));
}
