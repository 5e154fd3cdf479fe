import type { Disposable } from "../../base/disposables.ts";
import { within } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { RunningServer } from "../../server/startServer.ts";
import type { BridgeEntry } from "../../windows/bridgeEntry.ts";
import { sweepEntries } from "../../windows/discovery.ts";
import { FolderWatch } from "../../core/sharedFolder/folderWatch.ts";
import { DiscoveryEntry } from "./discoveryEntry.ts";
import type { OwnerTokens, TokenStore } from "../token/token.ts";

const PUBLISH_MS = 1000;

export interface PresenceDeps {
  /** The discovery folder. */
  readonly folder: string;
  readonly tokens: OwnerTokens;
  /** The store of a token that must not be left behind, if `tokens` does not use it. */
  readonly unused?: Pick<TokenStore, "forget"> | undefined;
  readonly logger: Logger;
  /**
   * Time in milliseconds during which the old token remains valid if the file with the new one cannot be written.
   * Default: 1 s.
   */
  readonly publishMs?: number;
}

/**
 * Publishes this window to programs: the token, shared by all windows, and the entry in the discovery folder. Maintains
 * both while the bridge is on.
 */
export class Presence implements Disposable {
  readonly #deps: PresenceDeps;
  readonly #store = new DisposableStore();
  readonly #noteChanged = this.#store.add(new Emitter<void>());
  readonly onDidChangeNote = this.#noteChanged.event;
  #token: string;
  #entry: DiscoveryEntry | undefined;

  private constructor(deps: PresenceDeps, token: string) {
    this.#deps = deps;
    this.#token = token;
  }

  /**
   * Reads the token. If a bridge ended without removing its entry, another program may listen at its address and
   * receive the token from clients that read the entry; so the entry is removed and the token is replaced.
   */
  static async begin(deps: PresenceDeps): Promise<Presence> {
    const { folder, tokens, logger } = deps;
    const token = await tokens.get();
    const left = await sweepEntries(folder, true).catch((error: unknown) => {
      logger.warn("The discovery folder could not be cleaned up", { error: messageOf(error) });
      return [];
    });
    const isExposed = left.some((entry) => entry.token === token);
    if (isExposed) await replaceExposed(deps, token);
    await deps.unused?.forget();
    return new Presence(deps, isExposed ? await tokens.get() : token);
  }

  get token(): string {
    return this.#token;
  }

  /** A note for the user about the entry, if any. */
  get note(): string | undefined {
    return this.#entry?.note;
  }

  /** Publishes the address of the server, and updates it on each change. */
  async show(server: RunningServer, describe: (token: string) => BridgeEntry): Promise<void> {
    const { folder, tokens, unused, logger } = this.#deps;
    const entry = this.#store.add(new DiscoveryEntry(folder, () => describe(this.#token), logger));
    this.#entry = entry;
    this.#store.add(entry.onDidChangeNote(() => this.#noteChanged.fire()));
    await entry.publish();
    const renew = (): Promise<void> => this.#renew(server, entry);
    this.#store.add(tokens.onDidChange(() => void renew()));
    const look = async (): Promise<void> => {
      await renew();
      const left = await entry.look();
      if (left.includes(this.#token)) await replaceExposed(this.#deps, this.#token);
      if (left.length > 0) await unused?.forget();
    };
    this.#store.add(new FolderWatch(folder, look, logger));
  }

  /** Writes the entry again after a change of the window. */
  changed(): void {
    void this.#entry?.publish();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** Replaces the token and publishes it, so that rejected clients find the new one. */
  async #renew(server: RunningServer, entry: DiscoveryEntry): Promise<void> {
    const token = await this.#deps.tokens.get(this.#token);
    if (token === this.#token) return;
    this.#token = token;
    await within(entry.publish(), this.#deps.publishMs ?? PUBLISH_MS, undefined);
    server.rotateToken(token);
  }
}

async function replaceExposed({ tokens, logger }: PresenceDeps, token: string): Promise<void> {
  logger.warn("A bridge ended without removing its discovery file; replacing the token");
  await tokens.rotate(token);
}
