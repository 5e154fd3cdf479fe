import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import type { Logger } from "../../../../src/base/logger.ts";
import type { Json } from "../../../../src/protocol/values.ts";
import { FakePrincipals } from "../../fakePrincipals.ts";
import { TEST_TOKEN, type TestBridge } from "../../testBridge.ts";
import { ExportingBridges } from "../exportingBridge.ts";
import { removeFolder, temporaryFolder } from "../../temporaryFolder.ts";
import { filesBelow } from "./filesBelow.ts";
import { leakingAgent, type PlantedSecret, plantedSecrets, plantedCommand, plantSecret } from "./plantedRuns.ts";
import { assertFree, untilAllSettled, WatchedPeers } from "./watchedPeers.ts";

/** A bridge whose runs have a secret in each field, and peers whose requests are recorded. */
export class PlantedBridge implements AsyncDisposable {
  readonly peers = new WatchedPeers();
  readonly bridges: ExportingBridges;
  readonly log: string[] = [];
  readonly #store = new DisposableStore();

  private constructor(bridges: ExportingBridges) {
    this.bridges = this.#store.add(bridges);
    this.#store.defer(() => this.peers[Symbol.asyncDispose]());
  }

  static async create(): Promise<PlantedBridge> {
    return new PlantedBridge(await ExportingBridges.create());
  }

  /** Keeps a peer until the end. */
  use<Peer extends AsyncDisposable>(peer: Peer): Peer {
    this.#store.defer(() => peer[Symbol.asyncDispose]());
    return peer;
  }

  /**
   * Runs everything with each secret, and fails if one is at a peer, on the disk or in the log in any form.
   * @param own secrets that the bridge knows, such as those of the destinations
   * @param isRefused true if the peers refuse everything, which becomes dead letters
   */
  async assertKeeps(own: readonly PlantedSecret[], isRefused = false): Promise<void> {
    const principals = new FakePrincipals();
    const client = principals.add("app", { name: plantedSecrets[0]?.secret ?? "", role: "owner" });
    const secrets = [
      // First: the destinations have not sent anything with them yet.
      ...own,
      { name: "the token of the bridge", secret: TEST_TOKEN, core: TEST_TOKEN.slice(-16) },
      { name: "the token of a program", secret: client.token, core: "x".repeat(16) },
      ...plantedSecrets,
    ];
    const commands = Object.fromEntries(
      secrets.map((secret) => [plantedCommand(secret), (value: Json): Json => value] as const),
    );
    const workspacePath = await this.#folderNamed(plantedSecrets[1]?.secret ?? "");
    const given = { agent: leakingAgent(), commands, principals, folders: [workspacePath] };
    const bridge = this.#store.add(await this.bridges.start({ ...given, logger: this.#logger() }));
    for (const secret of secrets) await plantSecret(bridge, client, secret);
    const located = await bridge.execute({ command: "test.echo", args: ["x"], workspacePath });
    assert.equal(located.status, 200, located.text);
    await untilAllSettled(bridge, isRefused);
    const shown = await this.#shownBy(bridge);
    // The metrics of the last interval.
    await bridge.dispose();
    await this.peers.assertFreeOf(secrets);
    const files = await filesBelow(this.bridges.storageFolder);
    for (const { core, name } of secrets) {
      assertFree(Buffer.from(this.log.join("\n")), core, `${name} in the log`);
      assertFree(Buffer.from(shown), core, `${name} in what the bridge shows of exports`);
      for (const [path, bytes] of files) assertFree(bytes, core, `${name} in ${path}`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#store.dispose();
  }

  async #folderNamed(name: string): Promise<string> {
    const folder = await temporaryFolder();
    this.#store.defer(() => removeFolder(folder));
    await mkdir(join(folder, name));
    return join(folder, name);
  }

  async #shownBy(bridge: TestBridge): Promise<string> {
    const names = this.bridges.elements.map((element) => ("name" in element ? String(element.name) : ""));
    const paths = ["/metrics", "/kiro/exports", ...names.map((name) => `/kiro/exports/${name}/dead-letters`)];
    const answers = await Promise.all(paths.map((path) => bridge.call(path)));
    return answers.map(({ text }) => text).join("\n");
  }

  #logger(): Logger {
    const write: Logger["info"] = (text, facts) => void this.log.push(`${text} ${JSON.stringify(facts ?? {})}`);
    return { debug: write, info: write, warn: write, error: write };
  }
}
