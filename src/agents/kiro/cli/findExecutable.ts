import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";

/** The machine to search, injectable for tests. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/**
 * Common installation folders: an editor started from a desktop does not have the PATH of a shell
 * (docs/kiro-cli.md#m29).
 */
const USUAL_PLACES = [
  "/usr/local/bin",
  "/opt/homebrew/bin",
  "/home/linuxbrew/.linuxbrew/bin",
  "/usr/bin",
  "/snap/bin",
] as const;
const USUAL_WINDOWS_PLACES = [
  "kiro-cli",
  "Kiro-Cli\\bin",
  "Programs\\kiro-cli",
  "Programs\\kiro-cli\\bin",
  "Microsoft\\WinGet\\Links",
] as const;
const DEFAULT_EXTENSIONS = ".COM;.EXE;.BAT;.CMD";

/** Finds a program in PATH, then in common folders, without a shell. */
export function findExecutable(name: string, surroundings: Surroundings): string | undefined {
  return candidatesFor(name, surroundings).find((path) => isExecutable(path, surroundings));
}

/**
 * Lists possible paths of a program in order of preference. Skips relative parts of PATH, so that a workspace cannot
 * supply the program.
 */
export function candidatesFor(name: string, surroundings: Surroundings): string[] {
  const isWindows = surroundings.platform === "win32";
  const path = isWindows ? win32 : posix;
  const folders = [...pathFolders(surroundings), ...usualFolders(surroundings)].filter((folder) =>
    path.isAbsolute(folder),
  );
  const names = isWindows ? extensionsOf(surroundings).map((extension) => name + extension.toLowerCase()) : [name];
  return folders.flatMap((folder) => names.map((fileName) => path.join(folder, fileName)));
}

/** Returns true for a file that can be executed. On Windows its extension decides. */
export function isExecutable(path: string, surroundings: Surroundings): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  return surroundings.platform !== "win32" || extensionsOf(surroundings).includes(win32.extname(path).toUpperCase());
}

function pathFolders(surroundings: Surroundings): string[] {
  const { delimiter } = surroundings.platform === "win32" ? win32 : posix;
  const folders = valueOf(surroundings, "PATH").split(delimiter);
  return folders.map((folder) => folder.replace(/^"(.*)"$/u, "$1")).filter((folder) => folder !== "");
}

function usualFolders(surroundings: Surroundings): string[] {
  const { home, platform } = surroundings;
  if (platform !== "win32") return [posix.join(home, ".local/bin"), ...USUAL_PLACES];
  const local = valueOf(surroundings, "LOCALAPPDATA") || win32.join(home, "AppData", "Local");
  return USUAL_WINDOWS_PLACES.map((place) => win32.join(local, place));
}

function extensionsOf(surroundings: Surroundings): string[] {
  return (valueOf(surroundings, "PATHEXT") || DEFAULT_EXTENSIONS)
    .toUpperCase()
    .split(";")
    .filter((extension) => extension !== "");
}

/** Reads an environment variable, whose case varies on Windows. */
function valueOf({ env, platform }: Surroundings, name: string): string {
  if (platform !== "win32") return env[name] ?? "";
  return Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1] ?? "";
}
