import type { Event } from "../../base/events.ts";
import type { Link } from "../link/link.ts";

/** The owner of an address, as the register has it: shared by all windows of this user on this machine. */
export interface AddressRecord {
  /** Increases with each new owner. */
  readonly term: number;
  readonly owner: { readonly windowId: string; readonly pid: number; readonly started?: string | undefined };
  readonly port: number;
  /** New whenever the owner confirms its ownership against a challenge. */
  readonly renewal: string;
  /** A window that gets no response from the owner, and takes over unless the owner renews in time. */
  readonly challenger?: { readonly windowId: string; readonly nonce: string } | undefined;
}

/** A record and its version. */
export interface RegisteredAddress {
  readonly version: number;
  readonly record: AddressRecord;
}

/**
 * A register in the discovery folder with an atomic compare-and-set that no stopped process can block
 * (docs/decisions/one-address.md).
 */
export interface AddressRegister {
  /** Returns the latest record; undefined if there is none that can be read. */
  read(): Promise<RegisteredAddress | undefined>;
  /** Returns the latest version only, which is cheaper. 0 if there is none. */
  version(): Promise<number>;
  /** Writes `record` as the version after `version` (0: the first). @returns false if there is a later one already */
  compareAndSet(version: number, record: AddressRecord): Promise<boolean>;
}

/** The result of calling the bridge at a port. */
export type Dialed<L extends Link> =
  | { readonly kind: "joined"; readonly link: L }
  /** Nothing listens. */
  | { readonly kind: "refused" }
  /** Another program, or a bridge of another user. */
  | { readonly kind: "stranger" }
  /** It accepts connections and does not respond: stopped, or very busy. */
  | { readonly kind: "silent" }
  /** A bridge of this user that does not own the address now: it starts, stops, or checks its ownership. */
  | { readonly kind: "not-owner" }
  /** A bridge without a common version of the link. */
  | { readonly kind: "incompatible"; readonly detail: string };

/** A port on which this window listens. */
export interface Binding {
  readonly port: number;
  /** Stops listening. Requests in progress get a response, or an error within 2 s. */
  release(): Promise<void>;
  /** Stops accepting connections after a move to another port. Those that are open stay until their clients close them. */
  retire(): Promise<void>;
}

/** The network as the address uses it. */
export interface AddressNetwork<L extends Link> {
  /** Listens on a port of the address. @returns undefined if it is taken */
  bind(port: number): Promise<Binding | undefined>;
  /** Calls the bridge at a port, and joins it. */
  dial(port: number): Promise<Dialed<L>>;
  /** Returns true if the process that wrote a record has certainly ended. */
  isGone(owner: AddressRecord["owner"]): Promise<boolean>;
}

/** The role of a window at the address. */
export type AddressRole<L extends Link> =
  | { readonly kind: "seeking" }
  /** Requests and links come in at this window. */
  | { readonly kind: "owner"; readonly port: number; readonly term: number }
  | { readonly kind: "member"; readonly port: number; readonly link: L }
  /** It has an address of its own, because of a bridge of another version. */
  | { readonly kind: "alone"; readonly port: number; readonly reason: string }
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "stopped" };

/** The address of all windows, as one window takes part in it. */
export interface Address<L extends Link> {
  readonly role: AddressRole<L>;
  readonly onDidChangeRole: Event<AddressRole<L>>;
  /** True while this window is certainly the owner. Check it for each request and each response; very cheap. */
  readonly isServing: boolean;
  /** Checks the ownership now. @returns false if another window is the owner: this one answers nothing any more */
  confirm(): Promise<boolean>;
}
