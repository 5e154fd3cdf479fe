import type { Access } from "../access/access.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/** The programs that were let in, and those that ask for it. */
export function accessModule({ store }: Access): BridgeModule {
  return {
    instruments(meter) {
      meter.observe("gauge", "kiro_bridge_access_clients", "Clients that were let in.", () => store.list().length);
    },
  };
}
