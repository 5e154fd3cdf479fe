import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { access, constants, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../../src/protocol/errors.ts";
import { editorCache } from "../editor/paths.ts";
import { fillOnce } from "../editor/stagedFolder.ts";

export type NatsProgram =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "missing"; readonly reason: string };

const DEADLINE_MS = 120_000;
const run = promisify(execFile);
let found: Promise<NatsProgram> | undefined;

/**
 * Returns a `nats-server`: one on PATH, else the one of Debian's package, which is unpacked into the cache once (about
 * 11 MB) and needs no root. Elsewhere, returns the reason for which the tests with NATS are skipped.
 */
export function findNats(): Promise<NatsProgram> {
  found ??= search();
  return found;
}

async function search(): Promise<NatsProgram> {
  try {
    return { kind: "found", path: (await onPath()) ?? (await unpacked()) };
  } catch (error) {
    return { kind: "missing", reason: `no nats-server on PATH, and none from Debian: ${messageOf(error)}` };
  }
}

async function onPath(): Promise<string | undefined> {
  const name = process.platform === "win32" ? "nats-server.exe" : "nats-server";
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    const path = join(folder, name);
    const isProgram = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return path;
  }
  return undefined;
}

async function unpacked(): Promise<string> {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no apt-get.`);
  const folder = join(editorCache(), `nats-server-${process.arch}`);
  if (!existsSync(folder)) console.log(`Unpacking Debian's nats-server: about 11 MB in ${folder} …`);
  await fillOnce(folder, async (staging) => {
    await run("apt-get", ["download", "-qq", "nats-server"], { cwd: staging, timeout: DEADLINE_MS });
    const archive = (await readdir(staging)).find((name) => name.endsWith(".deb"));
    if (archive === undefined) throw new Error("apt-get brought no package.");
    await run("dpkg-deb", ["-x", archive, "."], { cwd: staging, timeout: DEADLINE_MS });
  });
  const path = join(folder, "usr", "sbin", "nats-server");
  await run(path, ["--version"]);
  return path;
}
