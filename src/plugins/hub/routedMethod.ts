import type { PluginDirectory } from "./pluginDirectory.ts";
import type { Exclusion } from "./pluginRouter.ts";

/** Returns true if the caller may run a command. */
export type MayRun = (commandId: string) => boolean;

const DEFAULT_METHOD = "execute_command";

/** Returns the method that runs a routed request. The manifest may name another one than `execute_command`. */
export function routedMethodOf(name: string, directory: Pick<PluginDirectory, "plugins">): string {
  const manifest = directory.plugins().find((plugin) => plugin.name === name)?.manifest;
  return manifest?.routing?.method ?? DEFAULT_METHOD;
}

/** Leaves out the plugins whose command the caller may not run. */
export function exclusionOf(directory: Pick<PluginDirectory, "plugins">, mayRun: MayRun): Exclusion {
  return (plugin) =>
    mayRun(`plugin.${plugin}.${routedMethodOf(plugin, directory)}`) ? undefined : "the caller may not run its commands";
}
