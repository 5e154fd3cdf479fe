import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { type ImageTools, writeRegistries } from "./imageTools.ts";

const BUILD_DEADLINE_MS = 600_000;

const imageConfigSchema = z.object({
  User: z.string().default(""),
  Env: z.array(z.string()).default([]),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  WorkingDir: z.string().default("/"),
  Volumes: z.record(z.string(), z.unknown()).default({}),
  ExposedPorts: z.record(z.string(), z.unknown()).default({}),
  Labels: z.record(z.string(), z.string()).nullish(),
  StopSignal: z.string().optional(),
  Healthcheck: z.object({ Test: z.array(z.string()) }).optional(),
});
const inspected = z.object({ FromImageDigest: z.string(), Docker: z.object({ config: imageConfigSchema }) });

/** How an image wants to be run. */
export type ImageConfig = z.infer<typeof imageConfigSchema>;

export interface BuildOptions {
  /** The folder that the Dockerfile copies from. */
  readonly context: string;
  readonly dockerfile: string;
  readonly tag: string;
  readonly args?: Readonly<Record<string, string>>;
  /** Further folders to copy from, by the names that the Dockerfile gives them. */
  readonly contexts?: Readonly<Record<string, string>>;
}

/** Images in a folder of their own, which is removed with them. */
export class ImageStore implements AsyncDisposable {
  readonly tools: ImageTools;
  /** buildah and its options for this store, without a space in any of them. */
  readonly buildah: readonly string[];
  readonly folder: string;

  private constructor(tools: ImageTools, folder: string, registries: string) {
    this.tools = tools;
    this.folder = folder;
    const places = ["--root", join(folder, "images"), "--runroot", join(folder, "run")];
    this.buildah = ["buildah", ...places, "--registries-conf", registries];
  }

  static async create(tools: ImageTools): Promise<ImageStore> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "run"));
    return new ImageStore(tools, folder, await writeRegistries(folder));
  }

  /** Builds an image without pulling any. @returns what the build has printed */
  async build({ context, dockerfile, tag, args = {}, contexts = {} }: BuildOptions): Promise<string> {
    const options = ["--isolation", "chroot", "--format", "docker", "--pull-never", "--file", dockerfile, "--tag", tag];
    return this.run([
      "bud",
      ...options,
      "--signature-policy",
      this.tools.policy,
      ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      ...Object.entries(contexts).flatMap(([name, path]) => ["--build-context", `${name}=${path}`]),
      context,
    ]);
  }

  /** Runs buildah with arguments for this store. */
  run(args: readonly string[]): Promise<string> {
    return this.tools.run([...this.buildah, ...args], { signal: AbortSignal.timeout(BUILD_DEADLINE_MS) });
  }

  async configOf(tag: string): Promise<ImageConfig> {
    return inspected.parse(JSON.parse(await this.run(["inspect", "--type", "image", tag]))).Docker.config;
  }

  async digestOf(tag: string): Promise<string> {
    return inspected.parse(JSON.parse(await this.run(["inspect", "--type", "image", tag]))).FromImageDigest;
  }

  /** Creates a container of an image. @returns its name */
  async containerOf(tag: string): Promise<string> {
    const from = ["from", "--pull-never", "--signature-policy", this.tools.policy, tag];
    return (await this.run(from)).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.folder);
  }
}
