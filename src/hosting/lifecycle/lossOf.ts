import type { Event } from "../../base/events.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";

/** Fires when the bridge has lost its address. */
export function lossOf(address: BridgeAddress): Event<Error> {
  return (listener) =>
    address.onDidChange(() => {
      if (address.role === "failed") listener(address.error ?? new Error(address.note));
    });
}
