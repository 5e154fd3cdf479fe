import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { npmCommand } from "../../../scripts/npmCommand.mjs";
import { editorCache, repositoryRoot } from "../editor/paths.ts";
import { fillOnce } from "../editor/stagedFolder.ts";
import type { EarlierVersion } from "./earlierVersions.ts";

const run = promisify(execFile);
/** Installing and packing take about 40 s on two idle cores. */
const DEADLINE_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const manifestSchema = z.looseObject({ version: z.string() });

/** The sources of an earlier version with the packages of their own lock file, and the VSIX that they make. */
export interface EarlierBuild {
  readonly folder: string;
  readonly vsix: string;
}

/** Returns true if the clone has the commit: a shallow one has not. */
export async function hasCommit(commit: string): Promise<boolean> {
  return git("cat-file", "-e", `${commit}^{commit}`).then(
    () => true,
    () => false,
  );
}

/** Returns the whole hash of a tag, a branch or a commit. @throws Error if the clone does not have it */
export async function commitOf(name: string): Promise<string> {
  const { stdout } = await git("rev-parse", "--verify", "--quiet", `${name}^{commit}`).catch((error: unknown) => {
    throw new Error(`This clone has no commit "${name}".`, { cause: error });
  });
  return stdout.trim();
}

/** Builds a version as its commit says, or takes it from the cache: the sources from the history, then its own `npm ci`. */
export async function buildEarlier({ commit, version }: Omit<EarlierVersion, "name">): Promise<EarlierBuild> {
  const folder = join(editorCache(), "earlier", `${commit.slice(0, 12)}-${version}`);
  await fillOnce(folder, async (staging) => {
    console.log(`Building ${commit.slice(0, 8)} as ${version} in ${folder} …`);
    const archive = join(staging, "sources.tar");
    await git("archive", "--format=tar", `--output=${archive}`, commit);
    await run("tar", ["-xf", archive, "-C", staging], { timeout: DEADLINE_MS });
    await npm(staging, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
    await setVersion(join(staging, "package.json"), version);
    await mkdir(join(staging, "dist"), { recursive: true });
    await npm(staging, "run", "package");
  });
  return { folder, vsix: join(folder, "dist", "kiro-bridge.vsix") };
}

/** Returns the folder of the npm package of an earlier version, which it makes on first use. */
export async function npmPackageOf({ folder }: EarlierBuild): Promise<string> {
  const packed = join(folder, "npm");
  await fillOnce(packed, async (staging) => {
    await npm(folder, "run", "package:npm");
    await cp(join(folder, "dist", "npm"), staging, { recursive: true });
  });
  return packed;
}

async function setVersion(path: string, version: string): Promise<void> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(path, "utf8")));
  await writeFile(path, `${JSON.stringify({ ...manifest, version }, undefined, 2)}\n`);
}

function git(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return run("git", args, { cwd: repositoryRoot, timeout: DEADLINE_MS });
}

async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const { command, args: all, shell } = npmCommand([...args]);
  const path = [join(cwd, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  await run(command, all, {
    cwd,
    shell,
    env: { ...process.env, PATH: path },
    timeout: DEADLINE_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
}
