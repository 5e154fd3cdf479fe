import { isAbsolute, resolve } from "node:path";
import type { PluginManifest } from "../../manifest/pluginManifest.ts";
import { insideOf } from "../../manifest/readManifest.ts";
import type { PluginCommand } from "./pluginProcess.ts";

export interface PluginAddress {
  readonly url: string;
  readonly token: string;
  readonly discoveryFolder: string;
}

/** Returns true for a plugin that has a process to start. */
export function hasProcess({ main, command }: PluginManifest): boolean {
  return main !== undefined || command !== undefined;
}

/** Returns what a manifest runs, for people. */
export function commandLineOf({ main, command, args = [] }: PluginManifest): string {
  const parts = [...(main === undefined ? [command ?? ""] : ["node", main]), ...args];
  return parts.map((part) => (/^[\w./:=@-]+$/.test(part) ? part : JSON.stringify(part))).join(" ");
}

/**
 * Returns the process of a plugin. `main` runs with the Node of the editor, so that nothing else must be installed.
 * @throws Error if `main` or a relative command is not inside of the folder (any more)
 */
export async function commandOf(
  folder: string,
  { name, main, command = "", args = [], env = {} }: PluginManifest,
  { url, token, discoveryFolder }: PluginAddress,
): Promise<PluginCommand> {
  const own = {
    ...env,
    KIRO_BRIDGE_URL: url,
    KIRO_BRIDGE_HOME: discoveryFolder,
    KIRO_BRIDGE_PLUGIN: name,
    KIRO_BRIDGE_PLUGIN_TOKEN: token,
  };
  if (main !== undefined) {
    const file = await insideOf(folder, main);
    if (file === undefined) throw new Error(`${main} is not inside of the folder of the plugin`);
    return { file: process.execPath, args: [file, ...args], folder, env: { ...own, ELECTRON_RUN_AS_NODE: "1" } };
  }
  return { file: await fileOf(folder, command), args, folder, env: own };
}

/** A name is searched in PATH; a relative path is one in the folder. */
async function fileOf(folder: string, command: string): Promise<string> {
  if (isAbsolute(command) || !/[\\/]/.test(command)) return command;
  const file = await insideOf(folder, command);
  if (file === undefined) throw new Error(`${resolve(folder, command)} is not inside of the folder of the plugin`);
  return file;
}
