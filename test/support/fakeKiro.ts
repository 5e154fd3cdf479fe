import { type KiroModule, kiroModule, type KiroModuleDeps } from "../../src/bridge/kiroModule.ts";
import { BridgeError } from "../../src/protocol/errors.ts";
import { sourceSchemaChecks } from "./schemaChecks.ts";

const schemas = sourceSchemaChecks();

/** The module of an agent that is no Kiro CLI, without sessions. */
export function fakeKiro({
  agent,
  terminals = { open: () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE")) },
}: Pick<KiroModuleDeps, "agent"> & Partial<Pick<KiroModuleDeps, "terminals">>): KiroModule {
  return kiroModule({
    agent,
    sessions: { sessions: () => [], closeSession: async (id) => id },
    schemas,
    terminals,
    look: () => undefined,
    diagnose: () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE")),
    dispose: async () => undefined,
  });
}
