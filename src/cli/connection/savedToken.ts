import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { discoveryFolder } from "../../client/discovery/entries.ts";
import { nodeParts } from "../../client/discovery/node.ts";
import { objectOf } from "../../client/http/failure.ts";

const SAVED = "cli-token.json";

/** Returns the token that `pair --save` has stored. It is valid at all bridges of this user. */
export async function savedToken(folder = discoveryFolder(nodeParts())): Promise<string | undefined> {
  const token = objectOf(await readFile(join(folder, SAVED), "utf8").catch(() => ""))?.["token"];
  return typeof token === "string" ? token : undefined;
}

/** Stores a token so that only this user can read it. @returns the path of the file */
export async function saveToken(token: string, folder = discoveryFolder(nodeParts())): Promise<string> {
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
