import type { Event } from "../../base/events.ts";
import type { Link } from "../link/link.ts";

/** A window and its process. `started` distinguishes the process from a later one with the same ID. */
export interface WindowProcess {
  readonly windowId: string;
  readonly pid: number;
  readonly started?: string | undefined;
}

/** The owner of an address, as the register has it: shared by all windows of this user on this machine. */
export interface AddressRecord {
  /** Increases with each new owner. */
  readonly term: number;
  /** Undefined if the last owner has stopped, so that nobody needs to wait for it. */
  readonly owner?: WindowProcess | undefined;
  /** The owner listens on it, whatever else it does. */
  readonly port: number;
  /** Describes the program that has the configured port, if the owner listens on another one because of it. */
  readonly stranger?: string | undefined;
  /** New whenever the owner writes. With the version, it identifies the record, also after the folder was removed. */
  readonly renewal: string;
  /** A window that gets no response from the owner, and takes over unless the owner renews in time. */
  readonly challenger?: { readonly windowId: string; readonly nonce: string } | undefined;
}

/** The latest version, and its record. */
export interface RegisteredAddress {
  /** 0 if there is none. */
  readonly version: number;
  /** Undefined if there is none, or its content is not valid. */
  readonly record?: AddressRecord | undefined;
}

/**
 * A register in the discovery folder with an atomic compare-and-set that no stopped process can block
 * (docs/decisions/one-address.md). Its methods reject if the folder cannot be used.
 */
export interface AddressRegister {
  read(): Promise<RegisteredAddress>;
  /**
   * Writes `record` as the next version, if `latest` is still the latest one.
   * @returns undefined if it is not; also if the record was written, but there is a later one already
   */
  compareAndSet(latest: RegisteredAddress, record: AddressRecord): Promise<RegisteredAddress | undefined>;
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
  /** Stops listening at once. Resolves when requests in progress have a response, or an error within 2 s. */
  release(): Promise<void>;
  /** Stops listening because the address has moved. Open connections stay, and are served. */
  retire(): Promise<void>;
}

/** The network as the address uses it. */
export interface AddressNetwork<L extends Link> {
  /** Listens on a port of the address. @returns undefined if it is taken */
  bind(port: number): Promise<Binding | undefined>;
  /** Calls the bridge at a port, and joins it. The signal cancels the call, which then counts as `silent`. */
  dial(port: number, signal: AbortSignal): Promise<Dialed<L>>;
  /** Returns true if nothing listens on a port. Does not disturb a program there. */
  isFree(port: number): Promise<boolean>;
  /** Describes in one sentence which program uses a port. */
  describeOwner(port: number): Promise<string>;
  /** Returns true if the process that wrote a record has certainly ended. */
  isGone(owner: WindowProcess): Promise<boolean>;
}

/** The configured port, if the owner listens on another one because of a program there. */
export interface PortConflict {
  readonly port: number;
  /** Describes the program in one sentence. */
  readonly owner: string;
  /** True if the program has ended since: the address can move to the port. */
  readonly canReclaim: boolean;
}

/** The role of a window at the address. */
export type AddressRole<L extends Link> =
  | { readonly kind: "seeking" }
  /** Requests and links come in at this window. The port changes when the address moves; its links stay. */
  | { readonly kind: "owner"; readonly port: number; readonly term: number; readonly conflict?: PortConflict }
  | { readonly kind: "member"; readonly port: number; readonly link: L }
  /** It has an address of its own, because of a bridge of another version, or a register that cannot be used. */
  | { readonly kind: "alone"; readonly port: number; readonly reason: string }
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "stopped" };

/** The address of all windows, as one window takes part in it. */
export interface Address<L extends Link> {
  readonly role: AddressRole<L>;
  /** Fires with the role whenever something of it has changed: not only its kind. */
  readonly onDidChangeRole: Event<AddressRole<L>>;
  /** True while this window is certainly the owner, or alone. Check it for each request and each response; very cheap. */
  readonly isServing: boolean;
  /** Checks the ownership now. @returns false if this window is not certainly the owner: it answers nothing now */
  confirm(): Promise<boolean>;
}
