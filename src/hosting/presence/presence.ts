import { setTimeout as delay } from "node:timers/promises";
import { within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { RunOnce } from "../../base/runOnce.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { RunningServer } from "../../server/startServer.ts";
import type { BridgeEntry } from "../../windows/bridgeEntry.ts";
import { readEntries, readLeftEntries, sweepEntries } from "../../windows/discovery.ts";
import { FolderWatch } from "../../core/sharedFolder/folderWatch.ts";
import { DiscoveryEntry } from "./discoveryEntry.ts";
import { type PublishedAddress, Succession } from "./succession.ts";
import type { OwnerTokens, TokenStore } from "../tokens/ownerTokens.ts";

const PUBLISH_MS = 1000;
const POLL_MS = 20;
/** Time in milliseconds until a change of the list of windows is published. */
const LISTED_MS = 200;

export interface PresenceDeps {
  /** The discovery folder. */
  readonly folder: string;
  readonly tokens: OwnerTokens;
  /** The store of a token that must not be left behind, if `tokens` does not use it. */
  readonly unused?: Pick<TokenStore, "forget"> | undefined;
  readonly logger: Logger;
  /**
   * Time in milliseconds during which the old token remains valid if the file with the new one is not written.
   * Default: 1 s.
   */
  readonly publishMs?: number;
  /**
   * Time in milliseconds that the other windows of an owner that has ended have to take over its address.
   * Default: 5 s.
   */
  readonly takeoverMs?: number;
}

/** A bridge that is on, as discovery shows it. */
export interface ShownBridge {
  readonly server: Pick<RunningServer, "rotateToken">;
  readonly address: PublishedAddress;
  /** Describes the address with a token. */
  readonly describe: (token: string) => BridgeEntry;
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
  readonly #succession: Succession;
  #token: string;
  #entry: DiscoveryEntry | undefined;

  private constructor(deps: PresenceDeps, token: string, succession: Succession) {
    this.#deps = deps;
    this.#token = token;
    this.#succession = succession;
  }

  /**
   * Reads the token. If a bridge ended without removing its entry, another program may listen at its address and
   * receive the token from clients that read the entry; so the entry is removed and the token is replaced, unless
   * other windows of that bridge are about to take over. An editor restarts a window that has crashed while they do.
   */
  static async begin(deps: PresenceDeps): Promise<Presence> {
    const { folder, tokens, logger, takeoverMs } = deps;
    const succession = new Succession(undefined, takeoverMs);
    await takenOver(folder, succession);
    const token = await tokens.get();
    const left = await sweepEntries(folder, true).catch((error: unknown) => {
      logger.warn("The discovery folder could not be cleaned up", { error: messageOf(error) });
      return [];
    });
    const isExposed = left.some((entry) => entry.token === token);
    if (isExposed) await replaceExposed(deps, token);
    await deps.unused?.forget();
    return new Presence(deps, isExposed ? await tokens.get() : token, succession);
  }

  get token(): string {
    return this.#token;
  }

  /** A note for the user about the entry, if any. */
  get note(): string | undefined {
    return this.#entry?.note;
  }

  /** Publishes the address while this window owns it, and updates it on each change. */
  async show({ server, address, describe }: ShownBridge): Promise<void> {
    const { folder, tokens, logger } = this.#deps;
    const succession = this.#succession;
    const entry = this.#store.add(
      new DiscoveryEntry({
        folder,
        describe: () => (publishes(address) ? describe(this.#token) : undefined),
        isCurrent: async () => publishes(address) && (await address.confirm()),
        succession,
        onLeft: (left) => this.#replaceLeft(left),
        logger,
      }),
    );
    this.#entry = entry;
    this.#store.add(entry.onDidChangeNote(() => this.#noteChanged.fire()));
    this.#follow(address, succession);
    await entry.publish();
    const renew = (): Promise<void> => this.#renew({ server, address, describe }, entry);
    this.#store.add(tokens.onDidChange(() => void renew()));
    const look = async (): Promise<void> => {
      await renew();
      await entry.look();
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

  /** Publishes a move of the address at once. The list of windows changes also when one of them is busy. */
  #follow(address: PublishedAddress, succession: Succession): void {
    const soon = this.#store.add(new RunOnce(() => this.changed(), LISTED_MS));
    let last = { role: address.role, url: address.url };
    succession.follow(last);
    this.#store.add(
      address.onDidChange(() => {
        const { role, url } = address;
        if (role === last.role && url === last.url) return soon.schedule();
        last = { role, url };
        succession.follow(last);
        soon.now();
      }),
    );
  }

  /** Replaces the token after it was published, so that rejected clients find the new one. */
  async #renew({ server, address, describe }: ShownBridge, entry: DiscoveryEntry): Promise<void> {
    const token = await this.#deps.tokens.get(this.#token);
    if (token === this.#token) return;
    this.#token = token;
    const published = publishes(address) ? entry.publish() : this.#publishedBy(address, describe(token));
    await within(published, this.#deps.publishMs ?? PUBLISH_MS, undefined);
    server.rotateToken(token);
  }

  /** Resolves when the owner of the address has published the token that this window would publish. */
  async #publishedBy(address: PublishedAddress, { token }: BridgeEntry): Promise<void> {
    if (token === undefined) return;
    const latest = performance.now() + (this.#deps.publishMs ?? PUBLISH_MS);
    while (performance.now() < latest) {
      const entries = await readEntries(this.#deps.folder);
      if (entries.some((entry) => entry.url === address.url && entry.token === token)) return;
      await delay(POLL_MS);
    }
  }

  /** Replaces the token if a bridge that has ended left it behind. */
  async #replaceLeft(left: readonly BridgeEntry[]): Promise<void> {
    const { unused, logger } = this.#deps;
    try {
      if (left.some(({ token }) => token === this.#token)) await replaceExposed(this.#deps, this.#token);
      await unused?.forget();
    } catch (error) {
      logger.error("The token of a bridge that has ended could not be replaced", { error: messageOf(error) });
    }
  }
}

/** Returns true if programs find the address in the entry of this window. */
function publishes({ role }: PublishedAddress): boolean {
  return role === "owner" || role === "alone";
}

/** Resolves when no other window is expected any more to replace the entry of an owner that has ended. */
async function takenOver(folder: string, succession: Succession): Promise<void> {
  while ((await readLeftEntries(folder)).some((entry) => succession.isAwaited(entry))) await delay(POLL_MS);
}

async function replaceExposed({ tokens, logger }: PresenceDeps, token: string): Promise<void> {
  logger.warn("A bridge ended without removing its discovery file; replacing the token");
  await tokens.rotate(token);
}
