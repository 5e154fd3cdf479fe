import type { Access } from "../access/access.ts";
import type { Audit } from "../access/audit/audit.ts";
import { addAccess } from "../server/routes/access.ts";
import { addAudit } from "../server/routes/audit.ts";
import { addPair } from "../server/routes/pair.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/** The programs that were let in, those that ask for it, and the audit log. */
export function accessModule(access: Access, audit: Pick<Audit, "page">): BridgeModule {
  const { store, pairings } = access;
  return {
    publicRoutes(router, { clients, readiness, limits }) {
      addPair(router, { pairings, clients, readiness }, limits.maxBodyBytes);
    },
    routes(router, { limits }) {
      addAccess(router, access, limits.maxBodyBytes);
      addAudit(router, audit);
    },
    instruments(meter) {
      meter.observe("gauge", "kiro_bridge_access_clients", "Clients that were let in.", () => store.list().length, {
        scope: "access:manage",
      });
    },
  };
}
