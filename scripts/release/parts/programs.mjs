import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The packages of the programs that publish (docs/release.md#programs). */
const packages = fileURLToPath(new URL("../../../.github/release/node_modules", import.meta.url));
/** A registry that answers nothing ends with the job; one that is slow gets this long. */
const DEADLINE_MS = 10 * 60_000;
const MAX_OUTPUT = 10 * 1024 * 1024;

/** Returns the file of the only program of a package of .github/release. @throws if it is not installed */
export function installedProgram(packageName) {
  const folder = join(packages, packageName);
  if (!existsSync(folder)) {
    throw new Error(`There is no ${packageName}: run npm ci --ignore-scripts --prefix .github/release first.`);
  }
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : Object.values(bin)[0]);
}

/** Runs a program, which prints to our output. @throws if it fails, or takes longer than ten minutes */
export async function run({ command, args, shell = false }) {
  console.log(`$ ${[command, ...args].join(" ")}`);
  const child = spawn(command, args, { shell, stdio: "inherit", signal: AbortSignal.timeout(DEADLINE_MS) });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`${command} ended with code ${code}.`);
}

/** Runs a program and returns its exit code and its output. @throws if it cannot be started, or takes longer than ten minutes */
export function read({ command, args, shell = false }) {
  const options = { shell, timeout: DEADLINE_MS, maxBuffer: MAX_OUTPUT };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, output, errors) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ code: error?.code ?? 0, output, errors });
    });
  });
}

/** Runs the main function of a script: prints why it failed, and sets the exit code. */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
