import type { SecretStorage } from "vscode";
import type { NamedSecrets } from "../../hosting/secrets/namedSecrets.ts";

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
