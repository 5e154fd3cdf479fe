import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../src/core/processes.ts";
import { findExecutable } from "../../src/agents/kiro/cli/findExecutable.ts";
import { discoveryFolder } from "../../src/windows/bridgeEntry.ts";
import { readDiscoveries, waitForDiscovery, waitForNoDiscovery } from "../../test/support/editor/bridge.ts";
import { installCodeServer } from "../../test/support/editor/codeServerInstall.ts";
import { EditorSession } from "../../test/support/editor/editorSession.ts";
import { repositoryRoot } from "../../test/support/editor/paths.ts";
import { windowAddress } from "../../test/support/editor/windowAddress.ts";

const BRIDGE_DEADLINE_MS = 60_000;
const GOODBYE_DEADLINE_MS = 5_000;

/**
 * Starts an editor in a headless browser, with the VSIX installed and a sample folder open. Has its own settings and
 * extensions; only the discovery folder is the user's, because programs search there.
 */
export async function startCodeServer(vsix) {
  const install = await installCodeServer("newest");
  console.log(`Starting ${install.label} in a headless browser …`);
  const home = discoveryFolder(process.env);
  const knownPids = (await readDiscoveries(home)).map(({ pid }) => pid);
  const isOurs = ({ pid }) => !knownPids.includes(pid);
  const { HOME, USERPROFILE } = process.env;
  const cli = findExecutable("kiro-cli", { env: process.env, home: homedir(), platform: process.platform });
  const session = await EditorSession.start({
    install,
    vsix,
    env: { HOME, USERPROFILE, KIRO_BRIDGE_HOME: home },
    machineSettings: cli === undefined ? { "kiroBridge.cli.path": "simulator" } : {},
  });
  const folder = await session.profile.createWorkspace("kiro-bridge-sample");
  const window = await session.openWindow({ folder });
  return {
    notes: [
      `Kiro:    ${cli ?? "no kiro-cli was found, so the built-in simulator answers instead; its answers are made up and marked as simulated"}`,
      `Editor:  ${windowAddress(session.server, { folder }, { showsWelcome: true })}`,
      "         (open it to look around; each page is a window, and all windows share the address)",
    ],
    waitForBridge: () => waitForDiscovery(home, BRIDGE_DEADLINE_MS, isOurs).catch((error) => explain(error, window)),
    end: async () => {
      await window.close();
      await waitForNoDiscovery(home, GOODBYE_DEADLINE_MS, isOurs).catch(() => undefined);
      await session.end();
      // Windows in the user's own browser end with the server, and cannot remove their files.
      await removeLeft(home, isOurs);
    },
  };
}

/** Adds what the window shows to an error. */
async function explain(error, window) {
  const picture = join(repositoryRoot, "dist", "start-failed.png");
  await window.screenshot(picture);
  const item = window.statusBarItem(/^Kiro Bridge/).first();
  const label = (await item.isVisible())
    ? await item.getAttribute("aria-label")
    : "no Kiro Bridge item in the status bar";
  throw new Error(
    `The bridge did not start. ${error.message}\nThe editor shows: ${label}. The whole window: ${picture}`,
    { cause: error },
  );
}

/** Removes files left by the editor. A bridge that the user has started elsewhere in the meantime is kept. */
async function removeLeft(home, isOurs) {
  const left = (await readDiscoveries(home)).filter((entry) => isOurs(entry) && !isAlive(entry.pid));
  for (const { file } of left) await rm(file, { force: true });
}
