import type { PluginManifest } from "../../manifest/pluginManifest.ts";
import type { SharingRules } from "../../state/store/sharing.ts";
import type { PluginDirectory } from "../pluginDirectory.ts";

type Sharing = NonNullable<NonNullable<PluginManifest["stateManagement"]>["sharing"]>;
type Entry = NonNullable<Sharing["exports"]>[number];

interface SharedState {
  /** Undefined for a state of any plugin. */
  readonly plugin: string | undefined;
  readonly name: string;
  readonly version: string | undefined;
}

/**
 * The rules of sharing as the manifests have them, in `stateManagement.sharing`. A plugin with a manifest shares what it lists;
 * one without, a program with a token for its topics, has no such list and shares all.
 */
export function manifestSharing(directory: Pick<PluginDirectory, "plugins">): SharingRules {
  const manifestOf = (plugin: string): PluginManifest | undefined =>
    directory.plugins().find(({ name }) => name === plugin)?.manifest;
  return {
    exportOf(plugin, name) {
      const manifest = manifestOf(plugin);
      if (manifest === undefined) return {};
      const entries = (manifest.stateManagement?.sharing?.exports ?? []).map(parts);
      return entries.find((entry) => entry.name === name || entry.name === "*");
    },
    importOf(plugin, from, name) {
      const manifest = manifestOf(plugin);
      if (manifest === undefined) return {};
      const entries = (manifest.stateManagement?.sharing?.imports ?? []).map(imported);
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
