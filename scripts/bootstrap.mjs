// What a fresh clone needs before anything else: the packages, and the project's own Node. Runs on Node 20 without any package.
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
 * Installs the packages when they are missing or older than the lock file, then runs a script of the project under the project's Node.
 * Settles with its exit code. Throws with what to do when the install fails.
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

/** True when node_modules holds what package-lock.json asks for: npm writes its own lock there as the last step of an install. */
function isInstalled() {
  const installedLock = join(modules, ".package-lock.json");
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || found[path]?.version === version,
  );
}

/** `npm ci` refuses a lock file that a registry without some optional package has written; `npm install` takes what there is. */
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

/** How soon we notice that the npm above us was ended without a word to us. There is no event for it. */
const ORPHAN_LOOK_MS = 1_000;

/** Runs a program in our place: its output is ours, and so are the signals we get, and it ends when we are left alone. */
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
