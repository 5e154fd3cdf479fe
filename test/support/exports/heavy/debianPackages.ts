import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The release of Debian that a package is taken from. */
type Release = "bookworm" | "trixie";

/**
 * Unpacks a package of Debian 13. Debian 12 has an older VictoriaMetrics, which does not speak OTLP.
 * Nothing is installed.
 */
export async function downloadProgram(packageName: string, folder: string): Promise<void> {
  const apt = await Apt.create("trixie", folder);
  // Of its dependencies only the C library is used, which the machine has.
  await copyFile("/dev/null", join(apt.folder, "status"));
  await apt.run(["-o", `Dir::State::status=${join(apt.folder, "status")}`, "download", packageName]);
  await unpackAll(apt.folder, folder);
}

/** Unpacks packages of Debian 12, and those of their dependencies that the machine lacks. Nothing is installed. */
export async function downloadTree(packageNames: readonly string[], folder: string): Promise<void> {
  const apt = await Apt.create("bookworm", folder);
  await apt.run(["--yes", "--no-install-recommends", "--download-only", "install", ...packageNames]);
  await unpackAll(join(apt.folder, "cache/archives"), folder);
}

/** Variables for the programs of unpacked packages: their libraries, and their modules of Python. */
export function unpackedEnvironment(folder: string): Record<string, string> {
  const libraries = join(folder, "usr/lib", `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`);
  return {
    PYTHONPATH: join(folder, "usr/lib/python3/dist-packages"),
    LD_LIBRARY_PATH: [libraries, join(libraries, "blas"), join(libraries, "lapack")].join(":"),
  };
}

/** apt with lists and a cache of its own, so that no administrator is needed. */
class Apt {
  readonly folder: string;
  readonly #options: readonly string[];

  private constructor(folder: string) {
    this.folder = folder;
    const options = {
      "Dir::Etc::sourcelist": join(folder, "debian.list"),
      "Dir::Etc::sourceparts": "-",
      "Dir::State::lists": join(folder, "lists"),
      "Dir::Cache": join(folder, "cache"),
      "Debug::NoLocking": "1",
    };
    this.#options = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  }

  static async create(release: Release, folder: string): Promise<Apt> {
    if (!existsSync(KEYRING)) throw new Error(`there is no ${KEYRING} (package debian-archive-keyring)`);
    const apt = new Apt(join(folder, "apt"));
    for (const part of ["lists/partial", "cache/archives/partial"])
      await mkdir(join(apt.folder, part), { recursive: true });
    const source = `deb [signed-by=${KEYRING}] http://deb.debian.org/debian ${release} main\n`;
    await writeFile(join(apt.folder, "debian.list"), source);
    await apt.run(["update"]);
    return apt;
  }

  async run(args: readonly string[]): Promise<void> {
    await run("apt-get", [...this.#options, ...args], { cwd: this.folder });
  }
}

async function unpackAll(from: string, to: string): Promise<void> {
  const files = (await readdir(from)).filter((name) => name.endsWith(".deb"));
  if (files.length === 0) throw new Error("apt-get has downloaded no package");
  for (const file of files) await run("dpkg", ["-x", join(from, file), to]);
}
