import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../../../src/protocol/errors.ts";
import { editorCache } from "../../editor/paths.ts";
import { fillOnce } from "../../editor/stagedFolder.ts";
import type { FoundProgram } from "./describePeer.ts";

const run = promisify(execFile);

const FIRESTORE_JAR =
  process.env["FIRESTORE_EMULATOR_JAR"] ??
  "/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Debian 12 has an older VictoriaMetrics, which does not speak OTLP. */
const SOURCE = "deb [signed-by=KEYRING] http://deb.debian.org/debian trixie main\n".replace("KEYRING", KEYRING);

/** The emulator of Firestore, which Google gives out with its command line only. */
export async function findFirestore(): Promise<FoundProgram> {
  if (!existsSync(FIRESTORE_JAR)) return missing(`no ${FIRESTORE_JAR}; FIRESTORE_EMULATOR_JAR names another one`);
  return found(FIRESTORE_JAR, () => run("java", ["-version"]));
}

/** The server of moto, from Python's registry. */
export function findMoto(): Promise<FoundProgram> {
  return found("moto_server", () => run("moto_server", ["--help"]));
}

/** A program of a package of Debian 13, which is unpacked into the cache of editors and needs only the C library. */
export async function findDebian(packageName: string, program: string): Promise<FoundProgram> {
  if (process.platform !== "linux") return missing("the program is taken from Debian, for Linux");
  const folder = join(editorCache(), "export-peers", `debian13-${packageName}`);
  const path = join(folder, "usr/bin", program);
  return found(path, async () => {
    await fillOnce(folder, (staging) => unpack(packageName, staging));
    await run(path, ["--version"]);
  });
}

/** Downloads a package as a user of apt with lists of its own, and unpacks it. Nothing is installed. */
async function unpack(packageName: string, folder: string): Promise<void> {
  if (!existsSync(KEYRING)) throw new Error(`there is no ${KEYRING}`);
  const apt = join(folder, "apt");
  for (const part of ["lists/partial", "cache/archives/partial"]) await mkdir(join(apt, part), { recursive: true });
  await writeFile(join(apt, "debian.list"), SOURCE);
  await copyFile("/dev/null", join(apt, "status"));
  const options = {
    "Dir::Etc::sourcelist": join(apt, "debian.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(apt, "lists"),
    "Dir::State::status": join(apt, "status"),
    "Dir::Cache": join(apt, "cache"),
  };
  const settings = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await run("apt-get", [...settings, "update"], { cwd: apt });
  await run("apt-get", [...settings, "download", packageName], { cwd: apt });
  const file = (await readdir(apt)).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw new Error(`apt-get has downloaded no package of ${packageName}`);
  await run("dpkg", ["-x", join(apt, file), folder]);
}

async function found(path: string, check: () => Promise<unknown>): Promise<FoundProgram> {
  try {
    await check();
    return { kind: "found", path };
  } catch (error) {
    return missing(messageOf(error).split("\n", 1)[0] ?? "");
  }
}

function missing(reason: string): FoundProgram {
  return { kind: "missing", reason };
}
