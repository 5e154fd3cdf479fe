import type { StateBackend } from "../../bus/transport.ts";
import type { SharingRules } from "../../state/store/sharing.ts";
import type { PluginDirectory } from "../pluginDirectory.ts";
import { recallSharing, type Sharing } from "./sharingMemory.ts";

type Entry = NonNullable<Sharing["exports"]>[number];

interface SharedState {
  /** Undefined for a state of any plugin. */
  readonly plugin: string | undefined;
  readonly name: string;
  readonly version: string | undefined;
}

/**
 * The rules of sharing as the manifests have them, in `stateManagement.sharing`. A plugin with a manifest shares what it lists;
 * one that never had any, a program with a token for its topics, has no such list and shares all. After a start or a change of
 * the owner, no window has announced its plugins yet: then the lists count that are remembered.
 */
export function manifestSharing(directory: Pick<PluginDirectory, "plugins">, backend: StateBackend): SharingRules {
  const listsOf = async (plugin: string): Promise<Sharing | undefined> => {
    const manifest = directory.plugins().find(({ name }) => name === plugin)?.manifest;
    return manifest === undefined ? await recallSharing(backend, plugin) : (manifest.stateManagement?.sharing ?? {});
  };
  return {
    async exportOf(plugin, name) {
      const lists = await listsOf(plugin);
      if (lists === undefined) return {};
      const entries = (lists.exports ?? []).map(parts);
      return entries.find((entry) => entry.name === name || entry.name === "*");
    },
    async importOf(plugin, from, name) {
      const lists = await listsOf(plugin);
      if (lists === undefined) return {};
      const entries = (lists.imports ?? []).map(imported);
      return entries.find((entry) => (entry.plugin ?? from) === from && (entry.name === name || entry.name === "*"));
    },
  };
}

/** Reads `<plugin>/<state>`; also with a dot or a colon between them, as manifests of the original have it. */
function imported(entry: Entry): SharedState {
  const { plugin, name, version } = parts(entry);
  if (plugin !== undefined) return { plugin, name, version };
  const [, from, state = name] = /^([a-z\d][a-z\d-]{0,63})[/.:](.+)$/.exec(name) ?? [];
  return { plugin: from, name: state, version };
}

function parts(entry: Entry): SharedState {
  if (typeof entry === "string") return { plugin: undefined, name: entry, version: undefined };
  const { plugin, name, version } = entry;
  return { plugin, name, version: version === undefined ? undefined : String(version) };
}
