import type { SecretStorage } from "vscode";
import type { EngineKeys } from "../../agents/engines/ports.ts";

const PREFIX = "kiroBridge.engineKey.";

/** The keys of engines, which the user stores and removes. */
export interface EngineKeyStore extends EngineKeys {
  /** Replaces the key of an engine. */
  store(engineId: string, key: string): Promise<void>;
  /** Does nothing if there is none. */
  remove(engineId: string): Promise<void>;
}

/** Keeps keys in the secret storage of the editor, which all windows share. */
export function secretKeys(secrets: Omit<SecretStorage, "keys">): EngineKeyStore {
  return {
    read: async (engineId) => await secrets.get(PREFIX + engineId),
    store: async (engineId, key) => await secrets.store(PREFIX + engineId, key),
    remove: async (engineId) => await secrets.delete(PREFIX + engineId),
    onDidChange: (listener) =>
      secrets.onDidChange(({ key }) => {
        if (key.startsWith(PREFIX)) listener(key.slice(PREFIX.length));
      }),
  };
}
