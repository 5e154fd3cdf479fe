import type { SecretStorage } from "vscode";
import type { Event } from "../../base/events.ts";

/** Secrets by name, which the user stores and removes. */
export interface NamedSecrets {
  read(name: string): Promise<string | undefined>;
  /** Fires with the name of a secret that has changed, in any window. */
  readonly onDidChange: Event<string>;
  /** Replaces a secret. */
  store(name: string, secret: string): Promise<void>;
  /** Does nothing if there is none. */
  remove(name: string): Promise<void>;
}

/** Keeps secrets in the secret storage of the editor, which all windows share. */
export function editorSecrets(secrets: Omit<SecretStorage, "keys">, prefix: string): NamedSecrets {
  return {
    read: async (name) => await secrets.get(prefix + name),
    store: async (name, secret) => await secrets.store(prefix + name, secret),
    remove: async (name) => await secrets.delete(prefix + name),
    onDidChange: (listener) =>
      secrets.onDidChange(({ key }) => {
        if (key.startsWith(prefix)) listener(key.slice(prefix.length));
      }),
  };
}
