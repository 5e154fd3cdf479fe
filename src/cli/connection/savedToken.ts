import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../clientSetups/files/replaceFile.ts";
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
  const path = join(folder, SAVED);
  await replaceFile(path, `${JSON.stringify({ token }, undefined, 2)}\n`, { mode: 0o600, folderMode: 0o700 });
  return path;
}
