import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { npmInstall } from "../../editor/npmInstall.ts";
import { editorCache, repositoryRoot } from "../../editor/paths.ts";
import { fillOnce } from "../../editor/stagedFolder.ts";

const packages = join(repositoryRoot, "test/exports/peers");
const files = ["package.json", "package-lock.json"];

/** The sets of packages in test/exports/peers. */
export type PeerPackages = "azurite" | "cosmos" | "firebase" | "insights" | "lambda" | "sdks";

/** Returns a folder with the packages of a set, which are installed into the cache of editors on first use (60 to 270 MB). */
export function peerPackages(set: PeerPackages): Promise<string> {
  return installedPackages(set, join(packages, set));
}

/** Returns a folder with the packages of a lock file, which are installed into the cache of editors on first use. */
export async function installedPackages(name: string, source: string): Promise<string> {
  const lock = await readFile(join(source, "package-lock.json"));
  const version = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const folder = join(editorCache(), "export-peers", `${name}-${version}`);
  if (!existsSync(folder)) console.log(`Installing the packages of ${name} in ${folder} …`);
  await fillOnce(folder, async (staging) => {
    for (const file of files) await copyFile(join(source, file), join(staging, file));
    await npmInstall(staging, []);
  });
  return folder;
}

/** Loads an official SDK. Its caller names the part that it uses, since the types are not installed with the project. */
export async function officialSdk(name: string, set: PeerPackages = "sdks"): Promise<unknown> {
  return createRequire(join(await peerPackages(set), "index.js"))(name);
}
