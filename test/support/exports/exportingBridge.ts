import { Emitter } from "../../../src/base/events.ts";
import { DisposableStore } from "../../../src/base/disposables.ts";
import {
  type DestinationList,
  destinationListSchema,
  type DestinationRecord,
} from "../../../src/protocol/exports/destinations.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";
import { until } from "../until.ts";
import { type Script, ScriptedServer } from "./scriptedServer.ts";

/** Bridges with real exports, one after the other or side by side, on one storage folder. */
export class ExportingBridges {
  readonly #store = new DisposableStore();
  readonly #secrets = new Map<string, string>();
  readonly #secretChanged = new Emitter<string>();
  readonly storageFolder: string;
  /** The setting `kiroBridge.exports`. */
  elements: object[] = [];

  private constructor(storageFolder: string) {
    this.storageFolder = storageFolder;
    this.#store.defer(() => removeFolder(storageFolder));
  }

  static async create(): Promise<ExportingBridges> {
    return new ExportingBridges(await temporaryFolder());
  }

  /** A receiver of webhooks. */
  async serve(...script: readonly Script[]): Promise<ScriptedServer> {
    const server = this.#store.add(await ScriptedServer.start(...script));
    server.otherwise = { body: "{}" };
    return server;
  }

  /** The options of a bridge with these exports. */
  get options(): TestBridgeOptions {
    const { storageFolder } = this;
    const exportSecrets = {
      read: (name: string) => Promise.resolve(this.#secrets.get(name)),
      onDidChange: this.#secretChanged.event,
    };
    return {
      settings: () => (key) => (key === "exports" ? this.elements : undefined),
      storageFolder,
      exportSecrets,
    };
  }

  async start(options: TestBridgeOptions = {}): Promise<TestBridge> {
    return this.#store.add(await startTestBridge({ ...this.options, ...options }));
  }

  /** @param secret undefined to remove it */
  setSecret(name: string, secret: string | undefined): void {
    if (secret === undefined) this.#secrets.delete(name);
    else this.#secrets.set(name, secret);
    this.#secretChanged.fire(name);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}

/** An element of the setting that needs no secret. */
export function hookElement(server: ScriptedServer, changes: object = {}): object {
  return { name: "hook", kind: "webhook", url: `${server.url}/events`, signed: false, ...changes };
}

export async function exportsOf(bridge: TestBridge): Promise<DestinationList> {
  return destinationListSchema.parse((await bridge.call("/kiro/exports")).json);
}

/** Waits until a destination is as it should be. */
export async function untilDestination(
  bridge: TestBridge,
  what: string,
  isSo: (record: DestinationRecord) => boolean,
  name = "hook",
): Promise<DestinationRecord> {
  let found: DestinationRecord | undefined;
  await until(async () => {
    found = (await exportsOf(bridge)).destinations.find((record) => record.name === name);
    return found !== undefined && isSo(found);
  }, what);
  if (found === undefined) throw new Error(`There is no destination '${name}'.`);
  return found;
}

/** The IDs of the executions whose end a receiver of webhooks has got. */
export function endsAt(server: ScriptedServer): string[] {
  return server.requests
    .map(({ json }) => json as { type?: string; data?: { event?: { executionId?: string } } })
    .filter(({ type }) => type?.includes("completed"))
    .map(({ data }) => data?.event?.executionId ?? "");
}
