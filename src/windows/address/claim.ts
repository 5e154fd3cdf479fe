import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { Link } from "../link/link.ts";
import type { AddressNetwork, AddressRecord, AddressRegister, Binding, WindowProcess } from "./addressPorts.ts";

export interface AddressDeps<L extends Link> {
  readonly register: AddressRegister;
  readonly network: AddressNetwork<L>;
  readonly clock: Clock;
  /** This window. */
  readonly self: WindowProcess;
  readonly logger: Logger;
  /** Returns a new unique text. */
  readonly unique: () => string;
}

export interface AddressOptions {
  /** The configured port. 0: any port, shared with no other window. */
  readonly port: number;
  /** Behavior if another program uses the port. */
  readonly portConflict: "next" | "fail";
}

/** The reason why an owner does not listen on the configured port. It leaves a `stopped` window's port automatically. */
export type Elsewhere = { readonly kind: "stranger"; readonly owner: string } | { readonly kind: "stopped" };

/** The ownership that a window has won. */
export interface Claim {
  readonly binding: Binding;
  readonly version: number;
  readonly record: AddressRecord;
  /** The time of the clock at which its record was not written yet. */
  readonly claimedAt: number;
  readonly elsewhere: Elsewhere | undefined;
}

/** The result of seeking the owner. */
export type Sought<L extends Link> =
  | { readonly kind: "owner"; readonly claim: Claim }
  | { readonly kind: "member"; readonly link: L; readonly port: number }
  | { readonly kind: "alone"; readonly binding: Binding; readonly reason: string }
  | { readonly kind: "failed"; readonly error: Error };
