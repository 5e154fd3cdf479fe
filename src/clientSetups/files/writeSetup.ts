import { copyFile, readFile, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FileWay, OwnFileWay } from "../setup.ts";
import { editJson } from "./editJson.ts";
import { editToml } from "./editToml.ts";
import { replaceFile } from "./replaceFile.ts";

/** Above this size, a file of settings is something else. */
const MAX_BYTES = 5 * 1024 * 1024;

/** The folders that the paths of the table are relative to. */
export interface SetupFolders {
  readonly home: string;
  readonly project: string;
}

export interface SetupValues {
  readonly url: string;
  /** Written into the file. Without it, the file has the client's reference to the variable. */
  readonly token?: string;
}

export interface WrittenFile {
  readonly path: string;
  /** The file as it was before; undefined if there was none, or nothing has changed. */
  readonly backup?: string;
  readonly isChanged: boolean;
}

export function setupPath({ file }: Pick<FileWay, "file">, { home, project }: SetupFolders): string {
  return file.startsWith("~/") ? join(home, file.slice(2)) : resolve(project, file);
}

/** A file as it will be. */
interface Draft {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** Undefined if there is no file yet. */
  readonly present: string | undefined;
}

/**
 * Merges the entry of a client into the content of its file.
 * @throws Error that names the file, if the entry cannot be put into it
 */
export async function draftSetup(
  way: FileWay | OwnFileWay,
  folders: SetupFolders,
  { url, token }: SetupValues,
): Promise<Draft> {
  const named = setupPath(way, folders);
  // A link to a file in a folder of dotfiles stays a link.
  const path = await realpath(named).catch(() => named);
  const secret = token ?? way.variable;
  if (secret === undefined) throw new Error(`${path} would need the token itself: this client reads no variable.`);
  const present = await readPresent(path);
  const text = await edited(path, () => edit(way, present?.text ?? "", { url, token: secret }));
  return { path, text, present: present?.text, mode: token === undefined ? (present?.mode ?? 0o644) : 0o600 };
}

/**
 * Writes the entry of a client into its file: merged with what is there, after a copy of the file, and at once. A file with a
 * token can be read by the user alone.
 * @throws Error that names the file, which is then unchanged
 */
export async function writeSetup(
  way: FileWay | OwnFileWay,
  folders: SetupFolders,
  values: SetupValues,
): Promise<WrittenFile> {
  const { path, text, mode, present } = await draftSetup(way, folders, values);
  if (text === present) return { path, isChanged: false };
  const backup = present === undefined ? undefined : await keepCopy(path);
  await replaceFile(path, text, { mode });
  return { path, isChanged: true, ...(backup !== undefined && { backup }) };
}

function edit(way: FileWay | OwnFileWay, present: string, place: { url: string; token: string }): string {
  if (way.format === "yaml") return way.text(place);
  return way.format === "toml" ? editToml(present, way.entry(place)) : editJson(present, way.entry(place));
}

async function edited(path: string, work: () => string): Promise<string> {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} was left as it is: ${why}. Add the lines by hand.`, { cause: error });
  }
}

async function readPresent(path: string): Promise<{ text: string; mode: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > MAX_BYTES) throw new Error(`${path} was left as it is: it is not a text file.`);
  return { text: await readFile(path, "utf8"), mode: found.mode & 0o777 };
}

/** Copies the file within its folder, with its permissions. @returns the path of the copy */
async function keepCopy(path: string): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const backup = `${path}.${time}.backup`;
  await copyFile(path, backup);
  return backup;
}
