import type { ExtensionContext, SecretStorage } from "vscode";
import type { NatsCredentialsPort } from "../../plugins/nats/credentials.ts";

const KEY = "kiroBridge.natsCredentials";

/** The credentials for NATS servers in the secret storage of the editor, which all windows share. */
export function natsCredentials({ secrets }: Pick<ExtensionContext, "secrets">): NatsCredentialsPort {
  return {
    read: async () => await secrets.get(KEY),
    onDidChange: (listener) =>
      secrets.onDidChange(({ key }) => {
        if (key === KEY) listener();
      }),
  };
}

export async function hasNatsCredentials(secrets: SecretStorage): Promise<boolean> {
  return (await secrets.get(KEY)) !== undefined;
}

/** Stores credentials as `natsCredentialsSchema` describes, or removes them. Connected bridges connect again. */
export async function storeNatsCredentials(secrets: SecretStorage, stored: string | undefined): Promise<void> {
  await (stored === undefined ? secrets.delete(KEY) : secrets.store(KEY, stored));
}
