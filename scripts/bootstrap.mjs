// Prepares a fresh clone: installs the packages and the project's own Node. Runs on Node 20 without any package.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmCommand } from "./npmCommand.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const projectNode = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/**
 * Installs the packages if they are missing or older than the lock file, then runs a script under the project's Node.
 * Resolves with its exit code. Throws with instructions if the installation fails.
 */
export async function runInProject(script, args) {
  if (!isInstalled()) await install();
  if (!existsSync(projectNode)) {
    throw new Error(
      "The project's own Node is missing: npm was told to run no install scripts (ignore-scripts). Allow them for this folder, remove node_modules and run again.",
    );
  }
  process.env.PATH = [dirname(projectNode), join(modules, ".bin"), process.env.PATH].join(delimiter);
  return run(projectNode, [join(root, script), ...args]);
}

/** Returns true if node_modules matches package-lock.json: npm writes its own lock file there as the last step. */
function isInstalled() {
  const installedLock = join(modules, ".package-lock.json");
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || found[path]?.version === version,
  );
}

/**
 * Installs the packages. `npm ci` rejects a lock file written with a registry that lacks some optional package; `npm
 * install` does not.
 */
async function install() {
  console.log("Installing the packages of the project …");
  if ((await runNpm("ci")) === 0) return;
  console.log("npm ci failed (see above); trying npm install …");
  const code = await runNpm("install", "--no-save");
  if (code !== 0) {
    throw new Error(`npm install exited with code ${code}. Check the network and the npm settings, then run again.`);
  }
}

function runNpm(...args) {
  const npm = npmCommand([...args, "--no-audit", "--no-fund", "--loglevel=error"]);
  return run(npm.command, npm.args, npm.shell);
}

/** Interval in milliseconds to check if the parent npm process has ended, for which there is no event. */
const ORPHAN_LOOK_MS = 1_000;

/**
 * Runs a program in place of this process: shares its output, forwards signals, and ends it if the parent has ended.
 */
async function run(command, args, shell = false) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit", shell });
  const forward = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  const parent = process.ppid;
  const lookout = setInterval(() => process.ppid !== parent && child.kill(), ORPHAN_LOOK_MS);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", (error) => reject(new Error(`Cannot run ${command}: ${error.message}`)));
      child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    clearInterval(lookout);
    for (const signal of signals) process.off(signal, forward);
  }
}
