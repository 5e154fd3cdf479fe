import type { Access } from "../access/access.ts";
import { addAccess } from "../server/routes/access.ts";
import { addPair } from "../server/routes/pair.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/** The programs that were let in, and those that ask for it. */
export function accessModule(access: Access): BridgeModule {
  const { store, pairings } = access;
  return {
    publicRoutes(router, { clients, readiness, limits }) {
      addPair(router, { pairings, clients, readiness }, limits.maxBodyBytes);
    },
    routes(router, { limits }) {
      addAccess(router, access, limits.maxBodyBytes);
    },
    instruments(meter) {
      meter.observe("gauge", "kiro_bridge_access_clients", "Clients that were let in.", () => store.list().length);
    },
  };
}
