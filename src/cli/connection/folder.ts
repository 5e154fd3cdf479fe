import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { membersOf } from "./members.ts";

/** The folder in which bridges publish their addresses (docs/wire-contract.md#12-discovery). */
export function discoveryFolder(): string {
  return process.env["KIRO_BRIDGE_HOME"] || join(homedir(), ".kiro-bridge");
}

const ENTRY = /^bridge(?:-\d+)?\.json$/;

/** A bridge, as a file of the folder describes it. */
export interface PublishedBridge {
  /** Name of the file. */
  readonly file: string;
  readonly url: string;
  readonly pid: number;
  readonly version: string | undefined;
  readonly machine: string | undefined;
  readonly token: string | undefined;
}

/** Reads all entries, `bridge.json` first. Files that are no entries are skipped. */
export async function publishedBridges(folder = discoveryFolder()): Promise<readonly PublishedBridge[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => ENTRY.test(name));
  // "bridge.json" sorts after "bridge-3002.json".
  const sorted = names.toSorted((a, b) => a.length - b.length || a.localeCompare(b));
  const found = await Promise.all(sorted.map(async (file) => entryOf(file, await readObject(join(folder, file)))));
  return found.filter((entry) => entry !== undefined);
}

function entryOf(file: string, fields: Readonly<Record<string, unknown>>): PublishedBridge | undefined {
  const { url, pid } = fields;
  if (typeof url !== "string" || typeof pid !== "number" || !URL.canParse(url)) return undefined;
  const [version, machine, token] = [fields["version"], fields["machine"], fields["token"]].map(textOf);
  return { file, url, pid, version, machine, token };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Returns the members of a JSON object in a file; none if there is no such file. */
async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  return membersOf(await readFile(path, "utf8").catch(() => ""));
}

/** True if a process with this ID exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

const SAVED = "cli-token.json";

/** Returns the token that `pair --save` has stored. It is valid at all bridges of this user. */
export async function savedToken(folder = discoveryFolder()): Promise<string | undefined> {
  return textOf((await readObject(join(folder, SAVED)))["token"]);
}

/** Stores a token so that only this user can read it. @returns the path of the file */
export async function saveToken(token: string, folder = discoveryFolder()): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, SAVED);
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify({ token }, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return path;
}
