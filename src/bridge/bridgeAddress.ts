import { type Event, noEvent } from "../base/events.ts";
import type { Listening } from "../server/listen/listen.ts";
import type { WindowListing } from "../protocol/status.ts";
import type { StreamLink } from "../windows/link/link.ts";

/**
 * `owner`: this window listens on the port. `member`: another window does, and sends requests here. `alone`: this window
 * has an address of its own, because of a bridge of another version. `seeking`: the owner has ended, and it is not decided
 * yet who takes over; `url` is still that of before. `failed`: the bridge has no address and must be started again.
 */
export type BridgeRole = "owner" | "member" | "alone" | "seeking" | "failed";

/** The address at which programs reach this window (docs/decisions/one-address.md). It may move while the bridge is on. */
export interface BridgeAddress {
  /** The base URL, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The configured port. `port` is another one if a program or a stopped window uses it. */
  readonly wantedPort: number;
  readonly role: BridgeRole;
  /** The link to the owner while this window is a member: the same object until it has ended. */
  readonly ownerLink?: Pick<StreamLink, "openStream"> | undefined;
  /** A sentence about anything that differs from the settings: who uses the wanted port, or why this window is alone. */
  readonly note: string | undefined;
  /** The reason of the role `failed`: CONFIGURATION_ERROR with the port in its context. */
  readonly error?: Error | undefined;
  /** Fires when any of these has changed, also the list of windows. */
  readonly onDidChange: Event<void>;
  /** True if the wanted port is free again, and the address can move there. */
  readonly canReclaim: boolean;
  /** The number of programs that ask another window for access, because that one owns the address. */
  readonly accessRequests: number;
  /** Moves the address to the wanted port, from whichever window owns it. @returns false if the port is in use again */
  reclaim(): Promise<boolean>;
  /** Asks the register, if need be. @returns false if this window is not certainly the owner now, and has an owner */
  confirm(): Promise<boolean>;
  /** All windows at the address, this one included. */
  windows(): readonly WindowListing[];
}

/** Serves as the address of a window that shares it with no other and never moves. */
export function fixedAddress({
  url,
  port,
  conflict,
}: Pick<BridgeAddress, "url" | "port"> & Pick<Listening, "conflict">): BridgeAddress {
  return {
    url,
    port,
    wantedPort: conflict?.port ?? port,
    role: "owner",
    note: conflict?.owner,
    onDidChange: noEvent,
    canReclaim: false,
    accessRequests: 0,
    reclaim: () => Promise.resolve(false),
    confirm: () => Promise.resolve(true),
    windows: () => [],
  };
}
