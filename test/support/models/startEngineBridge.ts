import type * as z from "zod";
import type { engineSchema } from "../../../src/agents/engines/engineSettings.ts";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";

type EngineInput = z.input<typeof engineSchema>;

export interface EngineBridgeOptions
  extends Omit<TestBridgeOptions, "engines" | "settings" | "storageFolder" | "folders"> {
  /** Entries of `kiroBridge.engines`. An engine of this machine has no key, unless the entry says so. */
  readonly engines: readonly (Partial<EngineInput> & Pick<EngineInput, "id">)[];
  /** The values of further settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A running bridge whose settings have engines. */
export interface EngineBridge {
  readonly bridge: TestBridge;
  /** The folder of the window. */
  readonly folder: string;
  /** The storage folder of the extension. */
  readonly storageFolder: string;
  /** `POST /api/kiro/execute` of a command of an engine. */
  run(engineId: string, name: string, args?: readonly string[], more?: object): ReturnType<TestBridge["execute"]>;
  dispose(): Promise<void>;
}

/** @param folders those of several bridges, one after the other, which the caller removes */
export async function startEngineBridge(
  options: EngineBridgeOptions,
  folders?: Pick<EngineBridge, "folder" | "storageFolder">,
): Promise<EngineBridge> {
  const store = new DisposableStore();
  const folder = folders?.folder ?? (await temporaryFolder());
  const storageFolder = folders?.storageFolder ?? (await temporaryFolder());
  if (folders === undefined) {
    store.defer(() => removeFolder(folder));
    store.defer(() => removeFolder(storageFolder));
  }
  const { engines: entries, settings: more = {}, ...rest } = options;
  const engines = entries.map((entry) => ({ wire: "openai-chat", auth: { kind: "none" }, ...entry }));
  const values: Readonly<Record<string, unknown>> = { ...more, engines };
  const settings: TestBridgeOptions["settings"] = () => (key) => values[key];
  const bridge = store.add(await startTestBridge({ ...rest, folders: [folder], storageFolder, settings }));
  return {
    bridge,
    folder,
    storageFolder,
    run: (engineId, name, args = [], request = {}) =>
      bridge.execute({ command: `kiro.engines.${engineId}.${name}`, args, ...request }),
    dispose: () => store.dispose(),
  };
}
