import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../src/protocol/errors.ts";
import { nodePackage } from "./editor/codeServerInstall.ts";
import { npmInstall } from "./editor/npmInstall.ts";
import { editorCache } from "./editor/paths.ts";
import { fillOnce } from "./editor/stagedFolder.ts";

/** Where JavaScript runs, other than the Node of this process. */
interface Runtime {
  /** With its version, as tests call it. */
  readonly label: string;
  /** The npm package that carries it, with the version. */
  readonly package: string;
  /** The programs that the package may have brought, of which one runs on this system, inside `node_modules`. */
  readonly programs: (modules: string) => Promise<readonly string[]>;
  /** Arguments before the name of a program file. */
  readonly args: readonly string[];
}

const ending = process.platform === "win32" ? ".exe" : "";

export const runtimes: readonly Runtime[] = [
  {
    label: "Node 20.16",
    package: `${nodePackage()}@20.16.0`,
    programs: async (modules) => [join(modules, nodePackage(), "bin", `node${ending}`)],
    args: [],
  },
  {
    label: "Deno 2",
    package: "deno@2",
    programs: (modules) => programsOf(join(modules, "@deno"), `deno${ending}`),
    args: ["run", "--allow-net=127.0.0.1", "--allow-env", "--allow-read"],
  },
  {
    label: "Bun 1",
    package: "bun@1",
    programs: (modules) => programsOf(join(modules, "@oven"), join("bin", `bun${ending}`)),
    args: [],
  },
];

async function programsOf(folder: string, program: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => join(folder, name, program));
}

/** Returns the program of a runtime; undefined, and the reason in the output, if it cannot be installed here. */
export async function findRuntime(runtime: Runtime): Promise<string | undefined> {
  try {
    return await installRuntime(runtime);
  } catch (error) {
    console.log(`Skipped: ${runtime.label} cannot be installed. ${messageOf(error)}`);
    return undefined;
  }
}

/** Returns the program of a runtime, which is installed into the cache on first use (about 100 MB). */
async function installRuntime(runtime: Runtime): Promise<string> {
  const folder = join(editorCache(), `runtime-${runtime.package.replaceAll("@", "-")}`);
  if (!existsSync(folder)) console.log(`Installing ${runtime.label}: about 100 MB in ${folder} …`);
  await fillOnce(folder, async (staging) => {
    await writeFile(join(staging, "package.json"), '{"private":true}\n');
    await npmInstall(staging, [runtime.package]);
  });
  // A package for another C library may have come along.
  const failures: unknown[] = [];
  for (const program of await runtime.programs(join(folder, "node_modules"))) {
    try {
      await promisify(execFile)(program, ["--version"]);
      return program;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `None of the programs of ${runtime.package} runs here.`);
}
