import { type Clock, systemClock } from "../../base/clock.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";

/**
 * Time in milliseconds after the end of the owner in which another window takes over. Later, another program may have
 * listened on the port unnoticed.
 */
const TAKEOVER_MS = 10_000;

/** The address as discovery needs it. */
export type PublishedAddress = Pick<BridgeAddress, "url" | "role" | "onDidChange" | "confirm">;

const none: ReadonlySet<string> = new Set();

/** Follows the address from owner to owner, and knows which entries of the discovery folder belong to earlier ones. */
export class Succession {
  readonly #clock: Pick<Clock, "now">;
  readonly #urls = new Set<string>();
  /** The address at which this window is or was a member, and the end of that, if it has not published one itself since. */
  #member: { readonly url: string; readonly until?: number } | undefined;

  constructor(clock: Pick<Clock, "now"> = systemClock) {
    this.#clock = clock;
  }

  /** URLs that the address has had since this window published it last. The owner replaces entries that have one of them. */
  get earlier(): ReadonlySet<string> {
    return this.#urls;
  }

  /**
   * URLs whose entries the next owner replaces, while it is expected to. Nobody else removes these entries or considers
   * their token exposed: docs/decisions/token-file.md.
   */
  get awaited(): ReadonlySet<string> {
    const until = this.#member?.until;
    const isAwaiting = until === undefined || this.#clock.now() - until <= TAKEOVER_MS;
    return this.#member !== undefined && isAwaiting ? this.#urls : none;
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
}
