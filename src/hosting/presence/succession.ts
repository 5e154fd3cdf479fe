import { type Clock, systemClock } from "../../base/clock.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import { isAlive } from "../../core/processes.ts";
import { type BridgeEntry, isForeign } from "../../windows/bridgeEntry.ts";

/**
 * Time in milliseconds after the end of the owner in which another window takes over. Later, another program may have
 * listened on the port unnoticed.
 */
const TAKEOVER_MS = 10_000;
/**
 * Time in milliseconds that a window of another address, or one that has just been opened, leaves the entry of an owner
 * that has ended to the other windows of that owner. They listen within 2 s, and later on a busy machine.
 */
const OTHERS_MS = 5_000;

/** The address as discovery needs it. */
export type PublishedAddress = Pick<BridgeAddress, "url" | "role" | "onDidChange" | "confirm">;

/** Follows the address from owner to owner, and knows which entries of the discovery folder belong to earlier ones. */
export class Succession {
  readonly #clock: Pick<Clock, "now">;
  readonly #othersMs: number;
  readonly #urls = new Set<string>();
  /** When the entries of other addresses were first seen without their owner, by process and URL. */
  readonly #seen = new Map<string, number>();
  /** The address at which this window is or was a member, and the end of that, if it has not published one itself since. */
  #member: { readonly url: string; readonly until?: number } | undefined;

  constructor(clock: Pick<Clock, "now"> = systemClock, othersMs = OTHERS_MS) {
    this.#clock = clock;
    this.#othersMs = othersMs;
  }

  /** URLs that the address has had since this window published it last. The owner replaces entries that have one of them. */
  get earlier(): ReadonlySet<string> {
    return this.#urls;
  }

  /**
   * Returns true while another window is expected to replace this entry of a bridge that has ended. Nobody else removes
   * it or considers its token exposed: docs/decisions/token-file.md.
   */
  isAwaited(entry: BridgeEntry): boolean {
    return this.#urls.has(entry.url) ? this.#isSucceeded() : this.#hasHeirs(entry);
  }

  /** Takes note of the present address. */
  follow({ url, role }: Pick<PublishedAddress, "url" | "role">): void {
    if (role === "member") this.#member = { url };
    else if (this.#member !== undefined && this.#member.until === undefined)
      this.#member = { ...this.#member, until: this.#clock.now() };
    const isElsewhere = role === "failed" || (role !== "seeking" && this.#member?.url !== url);
    if (isElsewhere) this.#member = undefined;
    if (role !== "seeking" && role !== "failed") this.#urls.add(url);
  }

  /** Takes note that this window has published its entry at this URL. */
  published(url: string): void {
    this.#member = undefined;
    this.#urls.clear();
    this.#urls.add(url);
  }

  /** Returns true if the owner of the own address has ended, if at all, so recently that a member takes over. */
  #isSucceeded(): boolean {
    const until = this.#member?.until;
    return this.#member !== undefined && (until === undefined || this.#clock.now() - until <= TAKEOVER_MS);
  }

  /** Returns true if other windows at an address are running, and have had little time to take it over. */
  #hasHeirs(entry: BridgeEntry): boolean {
    const { pid, url, windows } = entry;
    const areOthers = windows.some((window) => window.pid !== pid && window.pid !== process.pid && isAlive(window.pid));
    if (!areOthers || isForeign(entry)) return false;
    const key = `${pid} ${url}`;
    const seen = this.#seen.get(key) ?? this.#clock.now();
    this.#seen.set(key, seen);
    return this.#clock.now() - seen <= this.#othersMs;
  }
}
