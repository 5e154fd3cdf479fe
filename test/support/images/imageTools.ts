import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../../src/protocol/errors.ts";
import { editorCache } from "../editor/paths.ts";
import { fillOnce } from "../editor/stagedFolder.ts";
import type { FoundProgram } from "../exports/heavy/describePeer.ts";
import { downloadTree } from "../exports/heavy/debianPackages.ts";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const packages = ["buildah", "crun", "docker-registry", "mmdebstrap"];

/**
 * Returns the folder of the programs that build and run images without an engine: packages of Debian, unpacked into the
 * cache of editors (130 MB). Elsewhere, returns the reason for which the tests with images are skipped.
 */
export async function findImageTools(): Promise<FoundProgram> {
  if (process.platform !== "linux") return { kind: "missing", reason: "images of Linux are built on Linux" };
  if (process.getuid?.() !== 0) return { kind: "missing", reason: "mounting and changing users needs root" };
  const folder = join(editorCache(), "image-tools");
  try {
    if (!existsSync(folder)) console.log(`Unpacking ${packages.join(", ")} of Debian: about 130 MB in ${folder} …`);
    await fillOnce(folder, (staging) => downloadTree(packages, staging));
    const tools = new ImageTools(folder);
    for (const program of ["buildah", "crun", "mmdebstrap"]) await tools.run([program, "--version"]);
    return { kind: "found", path: folder };
  } catch (error) {
    return { kind: "missing", reason: messageOf(error).split("\n", 1)[0] ?? "" };
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** The programs of `findImageTools`. */
export class ImageTools {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Variables for the programs, which leave out what the tests' own environment has. */
  get env(): Record<string, string> {
    const path = ["usr/bin", "usr/sbin"].map((part) => join(this.#folder, part));
    const system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    return { PATH: [...path, ...system].join(delimiter), HOME: "/root", LANG: "C.UTF-8" };
  }

  /** The signature policy of Debian's packages, which accepts every image. */
  get policy(): string {
    return join(this.#folder, "etc/containers/policy.json");
  }

  /** Returns the command that runs a program of the packages, see inside.sh. */
  command(args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
    const inside = join(import.meta.dirname, "inside.sh");
    return { command: "unshare", args: ["--mount", "--propagation", "private", "sh", inside, this.#folder, ...args] };
  }

  /** Runs a program to its end. @returns what it has printed @throws with the end of what it has said */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { command, args: all } = this.command(args);
    try {
      const { stdout } = await run(command, all, { ...options, env: this.env, maxBuffer: MAX_OUTPUT_BYTES });
      return stdout;
    } catch (error) {
      const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().slice(-2_000) : "";
      throw new Error(`${args.slice(0, 2).join(" ")} failed: ${said || messageOf(error)}`, { cause: error });
    }
  }
}

/** Writes the configuration of registries: names without a host are of Docker Hub, from which nothing is pulled. */
export async function writeRegistries(folder: string): Promise<string> {
  const file = join(folder, "registries.conf");
  await writeFile(file, 'unqualified-search-registries = ["docker.io"]\n');
  return file;
}
