import { join } from "node:path";
import { writeCommandLine } from "../../../scripts/npm/bundles.mjs";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";

/** The command line as it ships: one file, in a folder that is removed when the process ends. */
let bundled: Promise<string> | undefined;

/** Returns the path of the built command line. It is built once per process. */
export function cliBundle(): Promise<string> {
  bundled ??= buildCli();
  return bundled;
}

export const CLI_VERSION = "0.1.0";

async function buildCli(): Promise<string> {
  const outfile = join(await temporaryFolder(), "cli.mjs");
  await writeCommandLine(outfile, CLI_VERSION);
  return outfile;
}

/** Removes what was built. */
export async function removeCliBundle(): Promise<void> {
  if (bundled === undefined) return;
  await removeFolder(join(await bundled, ".."));
  bundled = undefined;
}
