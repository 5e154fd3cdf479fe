import type { GrantedScope } from "../../../protocol/access.ts";
import { subscriptionsOf, topicsOf } from "../../manifest/declarations.ts";
import type { PluginManifest } from "../../manifest/pluginManifest.ts";

/**
 * Returns the permissions of a plugin: what its manifest declares, its own topics, and requests to others.
 */
export function pluginScopes(manifest: PluginManifest): GrantedScope[] {
  const { name } = manifest;
  const publish = [
    `plugin/${name}/**`,
    `state/${name}/**`,
    "plugin/*/rpc",
    "plugin/*/request",
    "plugin/*/health",
    "plugins/list",
    ...topicsOf(manifest).map(({ topic }) => topic),
  ];
  const subscribe = [
    `plugin/${name}/**`,
    `state/${name}/**`,
    "system/**",
    "routing/**",
    "plugins/changed",
    ...subscriptionsOf(manifest).map(({ topic }) => topic),
  ];
  // The store checks what a plugin imports; these say when it has changed.
  for (const other of importedPlugins(manifest)) subscribe.push(`state/${other}/exported`);
  return [
    ...[...new Set(publish)].map((topic) => `bus:publish:${topic}` as const),
    ...[...new Set(subscribe)].map((pattern) => `bus:subscribe:${pattern}` as const),
  ];
}

/** The plugins whose states are imported: written as an object, or as `<plugin>/<state>` or `<plugin>.<state>`. */
function importedPlugins(manifest: PluginManifest): ReadonlySet<string> {
  const imports = manifest.stateManagement?.sharing?.imports ?? [];
  const names = imports.map((entry) => (typeof entry === "string" ? entry.split(/[/.:]/, 1)[0] : entry.plugin));
  return new Set(names.filter((name) => name !== undefined && /^[a-z\d-]+$/.test(name)).map(String));
}
