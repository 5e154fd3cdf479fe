import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPluginName } from "../../plugins/bus/names.ts";
import { usageFailure } from "../exitCodes.ts";
import { pluginFiles } from "./pluginFiles.ts";

const NAMES = "It has up to 64 of a-z, 0-9 and -, no - first, and is not kiro-bridge, bridge or system.";

/**
 * Writes a new plugin to a folder, which it creates. Returns the paths in it.
 * @throws CliFailure if there is anything in the folder
 */
export async function writePlugin(folder: string, name: string, sdkVersion: string): Promise<readonly string[]> {
  if (!isPluginName(name)) throw usageFailure(`${JSON.stringify(name)} is not the name of a plugin. ${NAMES}`);
  const present = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  if (present.length > 0) throw usageFailure(`The folder ${folder} is not empty: nothing is overwritten.`);
  const files = pluginFiles(name, sdkVersion);
  for (const [path, text] of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  }
  return [...files.keys()];
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
