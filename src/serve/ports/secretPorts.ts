import { join } from "node:path";
import type { DisposableStore } from "../../base/disposables.ts";
import { silentLogger, type Logger } from "../../base/logger.ts";
import type { BridgePorts } from "../../bridge/composeBridge.ts";
import { SecretFiles } from "../../hosting/secrets/secretFiles.ts";
import { natsCredentialsSchema } from "../../plugins/nats/credentials.ts";

/** The kinds of secrets, and the folders of their files in the storage folder. */
const folders = { engine: "keys", export: "export-secrets", nats: "nats" } as const;
type SecretKind = keyof typeof folders;

/** The bridge has one account at NATS servers. */
const NATS_NAME = "credentials";

/** Returns the ports to the secrets, which are files that only this user can read. Running bridges see their changes. */
export function secretPorts(
  storage: string,
  logger: Logger,
  store: DisposableStore,
): Required<Pick<BridgePorts, "engineKeys" | "exportSecrets" | "natsCredentials">> {
  const filesOf = (kind: SecretKind): SecretFiles => store.add(new SecretFiles(join(storage, folders[kind]), logger));
  const nats = filesOf("nats");
  return {
    engineKeys: filesOf("engine"),
    exportSecrets: filesOf("export"),
    natsCredentials: {
      read: () => nats.read(NATS_NAME),
      onDidChange: (listener) => nats.onDidChange(() => listener()),
    },
  };
}

interface StoredSecret {
  readonly storage: string;
  readonly kind: SecretKind;
  /** ID of the engine or of the destination; not needed for NATS. */
  readonly name: string | undefined;
  /** Undefined to remove it. */
  readonly text: string | undefined;
}

/** Stores or removes a secret. @throws Error if the text is not one of this kind */
export async function storeSecret({ storage, kind, name, text }: StoredSecret): Promise<void> {
  const key = kind === "nats" ? NATS_NAME : name;
  if (key === undefined || key === "") throw new Error("Name the engine or the destination.");
  const files = new SecretFiles(join(storage, folders[kind]), silentLogger);
  try {
    if (text === undefined) await files.remove(key);
    else await files.store(key, kind === "nats" ? natsText(text) : text);
  } finally {
    await files.dispose();
  }
}

/** Takes the text of a .creds file, or JSON as docs/serve.md describes it. */
function natsText(text: string): string {
  const given: unknown = text.includes("BEGIN NATS USER JWT") ? { kind: "creds", text } : jsonOf(text);
  const { data, error } = natsCredentialsSchema.safeParse(given);
  if (error) throw new Error(`These are not credentials for NATS: ${error.issues[0]?.message}`);
  return JSON.stringify(data);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
