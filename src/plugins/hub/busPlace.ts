import type { Event } from "../../base/events.ts";
import type { OpenChannel } from "../bus/remote/textChannel.ts";

/** The window that has the bus: the one that has the address. `nobody`: it is not known at the moment. */
export type BusPlace =
  | {
      readonly kind: "here";
      /** The name of its folder of durable messages: that of the address, which all its owners have. */
      readonly log: string;
      /** @returns false if another window may have the address by now */
      confirm(): Promise<boolean>;
    }
  | {
      readonly kind: "owner";
      /** The link to that window; another one after a failover. */
      readonly link: object;
      readonly open: OpenChannel;
    }
  | { readonly kind: "nobody" };

/** Follows the bus of all windows from one to the next. */
export interface BusPlaces {
  readonly place: BusPlace;
  /** May fire without a change. */
  readonly onDidChange: Event<void>;
}

export function isSamePlace(one: BusPlace, other: BusPlace): boolean {
  if (one.kind === "here" && other.kind === "here") return one.log === other.log;
  if (one.kind === "owner" && other.kind === "owner") return one.link === other.link;
  return one.kind === other.kind;
}
