import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { discoveryFolder } from "../../src/windows/bridgeEntry.ts";
import { askHealth, waitForDiscovery, readDiscoveries } from "../../test/support/editor/bridge.ts";
import { extensionId, repositoryRoot } from "../../test/support/editor/paths.ts";

const BRIDGE_DEADLINE_MS = 120_000;
const isWindows = process.platform === "win32";

/** Returns the command-line program of the user's VS Code, or undefined. */
export function findCode() {
  const name = isWindows ? "code.cmd" : "code";
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/**
 * Installs the VSIX into the user's VS Code and opens a sample folder. The window stays open when this process ends.
 */
export async function startDesktop(code, vsix) {
  console.log(`Installing the extension into the editor at ${code} …`);
  run(code, ["--install-extension", vsix, "--force"]);
  const folder = join(repositoryRoot, "dist", "kiro-bridge-sample");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "hello.md"), "# Hello\n");
  run(code, ["--new-window", folder]);
  console.log("If the editor asks whether you trust the folder, say yes: in an untrusted folder the bridge stays off.");
  const home = discoveryFolder(process.env);
  return {
    notes: [
      `Editor:  the window that opened; the extension stays installed (${code} --uninstall-extension ${extensionId} removes it)`,
    ],
    waitForBridge: async () => (await livingBridge(home)) ?? waitForDiscovery(home, BRIDGE_DEADLINE_MS),
    end: async () => undefined,
  };
}

/** Finds any running bridge: a window that was open before has activated the new extension too. */
async function livingBridge(home) {
  for (const bridge of await readDiscoveries(home)) {
    if ((await askHealth(bridge.url).catch(() => "dead")) === "healthy") return bridge;
  }
  return undefined;
}

function run(code, args) {
  const { status, stdout, stderr, error } = spawnSync(
    isWindows ? `"${code}"` : code,
    isWindows ? args.map((arg) => `"${arg}"`) : args,
    { encoding: "utf8", shell: isWindows },
  );
  if (status !== 0)
    throw new Error(
      `${code} ${args.join(" ")} failed; use npm start -- --editor code-server instead.\n${error?.message ?? stdout + stderr}`,
    );
}
