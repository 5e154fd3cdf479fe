import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../editor/paths.ts";
import type { ImageStore } from "./imageStore.ts";

/** What a release says about the image that it builds. */
export interface Origin {
  readonly VERSION: string;
  readonly REVISION: string;
  readonly CREATED: string;
}

/** Returns the arguments that docs/containers.md#build gives to a build. */
export async function origin(): Promise<Origin> {
  const { version } = JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")) as { version: string };
  const { stdout } = await promisify(execFile)("git", ["rev-parse", "HEAD"], { cwd: repositoryRoot });
  return { VERSION: version, REVISION: stdout.trim(), CREATED: new Date().toISOString() };
}

/** Builds an image of ours from dist/release, as it is published. @returns its tag */
export async function buildImage(store: ImageStore, image: "bridge" | "editor"): Promise<string> {
  const args = await origin();
  const tag = `localhost/kiro-bridge-${image}:${args.VERSION}`;
  const dockerfile = join(repositoryRoot, "docker", image, "Dockerfile");
  await store.build({ context: repositoryRoot, dockerfile, tag, args: { ...args } });
  return tag;
}
