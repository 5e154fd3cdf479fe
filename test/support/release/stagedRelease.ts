import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { releaseFiles, releaseFolder, writeChecksums } from "../../../scripts/release/parts/releaseFiles.mjs";
import { repositoryRoot } from "../editor/paths.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";

const manifest = z
  .object({ name: z.string(), version: z.string(), publisher: z.string() })
  .parse(JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")));

/** What the jobs that publish read, in the folder of a checkout. No package of the project is among it. */
const needed = [".github/release", "scripts/release", "scripts/npmCommand.mjs", "package.json", releaseFolder];

/** A folder like that of a job of release.yml: a checkout without packages, and the files of the release. */
export class StagedRelease implements AsyncDisposable {
  readonly name = manifest.name;
  readonly version = manifest.version;
  readonly publisher = manifest.publisher;
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws without the files of `node scripts/release/pack.mjs` */
  static async create(): Promise<StagedRelease> {
    const staged = new StagedRelease(await temporaryFolder());
    for (const path of needed) {
      const isOurs = (file: string): boolean => !file.includes("node_modules");
      await cp(join(repositoryRoot, path), staged.at(path), {
        recursive: true,
        filter: (file) => isOurs(file.slice(repositoryRoot.length)),
      });
    }
    const changelog = `# Changelog\n\n## [${staged.version}] – 2026-11-28\n\n- The notes of this version.\n`;
    await writeFile(staged.at("CHANGELOG.md"), changelog);
    return staged;
  }

  at(path: string): string {
    return join(this.folder, path);
  }

  /** The bytes of one of its files. */
  bytesOf(file: "vsix" | "npmPackage" | "sums"): Promise<Buffer> {
    return readFile(this.#path(file));
  }

  /** Puts the files of the release back. */
  async restore(): Promise<void> {
    await removeFolder(this.at(releaseFolder));
    await cp(join(repositoryRoot, releaseFolder), this.at(releaseFolder), { recursive: true });
  }

  /** Puts other bytes in the place of a file. @param isListed whether its checksum changes with it */
  async replace(file: "vsix" | "npmPackage", bytes: Uint8Array, isListed: boolean): Promise<void> {
    await writeFile(this.#path(file), bytes);
    if (isListed) writeChecksums(this.at(releaseFolder));
  }

  #path(file: "vsix" | "npmPackage" | "sums"): string {
    return join(this.at(releaseFolder), releaseFiles(this.version)[file]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.folder);
  }
}
