import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../../../src/protocol/errors.ts";
import { editorCache } from "../../editor/paths.ts";
import { fillOnce } from "../../editor/stagedFolder.ts";
import { downloadProgram, downloadTree, unpackedEnvironment } from "./debianPackages.ts";
import type { FoundProgram } from "./describePeer.ts";

const run = promisify(execFile);

const FIRESTORE_JAR =
  process.env["FIRESTORE_EMULATOR_JAR"] ??
  "/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";

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
    await fillOnce(folder, (staging) => downloadProgram(packageName, staging));
    await run(path, ["--version"]);
  });
}

/** OpenStack Swift of Debian 12, with what it needs. @returns the folder of the unpacked packages */
export async function findSwift(): Promise<FoundProgram> {
  if (process.platform !== "linux") return missing("it is taken from Debian, for Linux");
  const folder = join(editorCache(), "export-peers", "debian12-swift");
  return found(folder, async () => {
    const { stdout } = await run("/usr/bin/python3", ["--version"]);
    if (!stdout.startsWith("Python 3.11.")) throw new Error(`it needs the Python of Debian 12, not ${stdout.trim()}`);
    await fillOnce(folder, (staging) =>
      downloadTree(["swift-proxy", "swift-account", "swift-container", "swift-object", "memcached"], staging),
    );
    await run("/usr/bin/python3", ["-c", "import swift.common.wsgi"], { env: unpackedEnvironment(folder) });
  });
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
