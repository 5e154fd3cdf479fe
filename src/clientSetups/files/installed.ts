import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { ClientSetup } from "../setup.ts";

export interface Machine {
  readonly home: string;
  /** The value of PATH. */
  readonly path: string;
  readonly platform: NodeJS.Platform;
}

/** Returns true if a program of the client is on the PATH, or the client has a folder of its own. Starts nothing. */
export async function isInstalled({ signs }: Pick<ClientSetup, "signs">, machine: Machine): Promise<boolean> {
  const endings = machine.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  const folders = machine.path.split(delimiter).filter((folder) => folder !== "");
  const programs = signs.programs.flatMap((name) =>
    folders.flatMap((folder) => endings.map((ending) => join(folder, `${name}${ending}`))),
  );
  const found = [
    ...programs.map((path) => isThere(path, constants.X_OK)),
    ...signs.folders.map((folder) => isThere(join(machine.home, folder), constants.F_OK)),
  ];
  return (await Promise.all(found)).includes(true);
}

function isThere(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
