import type { Disposable } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { SerialQueue } from "../../../base/serialQueue.ts";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { StateBackend } from "../../bus/transport.ts";
import { type PluginManifest, pluginManifestSchema } from "../../manifest/pluginManifest.ts";
import { isApproved, type PluginDirectory } from "../pluginDirectory.ts";

/** `stateManagement.sharing` of a manifest. */
export type Sharing = NonNullable<NonNullable<PluginManifest["stateManagement"]>["sharing"]>;

/** Attempts to write while other bridges write as well. */
const MAX_ATTEMPTS = 30;

/** Remembers what approved plugins share, for the time in which their manifests are not known. */
export function rememberSharing({
  directory,
  backend,
  logger,
}: {
  directory: PluginDirectory;
  backend: StateBackend;
  logger: Logger;
}): Disposable {
  const queue = new SerialQueue();
  const remembered = new Map<string, string>();
  const look = (): void => {
    for (const record of directory.plugins()) {
      const { name, manifest } = record;
      if (manifest === undefined || !isApproved(record)) continue;
      const text = JSON.stringify(manifest.stateManagement?.sharing ?? {});
      if (remembered.get(name) === text) continue;
      remembered.set(name, text);
      queue
        .run(() => write(backend, name, text))
        .catch((error: unknown) => {
          remembered.delete(name);
          logger.warn("What a plugin shares was not remembered", { plugin: name, error: messageOf(error) });
        });
    }
  };
  look();
  return directory.onDidChange(look);
}

/**
 * Returns what a plugin shared when its manifest was known; undefined if it never was. Nothing is shared by lists that cannot
 * be read.
 */
export async function recallSharing(backend: StateBackend, plugin: string): Promise<Sharing | undefined> {
  const found = await backend.read(documentOf(plugin));
  if (found === undefined) return undefined;
  const manifest = { name: plugin, version: "1.0.0", stateManagement: { sharing: found.document } };
  return pluginManifestSchema.safeParse(manifest).data?.stateManagement?.sharing ?? {};
}

async function write(backend: StateBackend, plugin: string, text: string): Promise<void> {
  const name = documentOf(plugin);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = await backend.read(name);
    if (JSON.stringify(found?.document) === text) return;
    if (await backend.write(name, JSON.parse(text), found?.revision)) return;
  }
  throw new BridgeError("CONFLICT", `Other bridges write what ${plugin} shares all the time.`);
}

/** Next to the state of the plugin. No plugin has such a name. */
function documentOf(plugin: string): string {
  return `${plugin}.sharing`;
}
