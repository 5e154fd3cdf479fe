import { type KiroDeps, type KiroModule, kiroModule, type KiroModuleDeps } from "../../src/bridge/kiroModule.ts";
import { BridgeError } from "../../src/protocol/errors.ts";
import { sourceSchemaChecks } from "./schemaChecks.ts";

export const noKiro: KiroDeps = {
  sessions: () => [],
  closeSession: async (id) => id,
  listModels: async () => [],
  extractJson: () => undefined,
  isSimulated: () => false,
  schemas: sourceSchemaChecks(),
};

/** The module of an agent that is no Kiro CLI. */
export function fakeKiro({
  agent,
  kiro = noKiro,
  terminals = { open: () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE")) },
}: Pick<KiroModuleDeps, "agent"> & Partial<Pick<KiroModuleDeps, "kiro" | "terminals">>): KiroModule {
  return kiroModule({
    agent,
    kiro,
    terminals,
    look: async () => undefined,
    diagnose: () => Promise.reject(new BridgeError("KIRO_UNAVAILABLE")),
    dispose: async () => undefined,
  });
}
