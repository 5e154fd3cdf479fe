import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitForDiscovery } from "../editor/bridge.ts";
import { openWindowWithBridge } from "../editor/bridgeWindow.ts";
import { withDeadline } from "../editor/deadline.ts";
import { npmInstall } from "../editor/npmInstall.ts";
import { freePort } from "../programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";

const DEADLINE_MS = 180_000;

/** A bridge in one of its hosts, on a free port, with the simulator, and an open folder with one file. */
export interface ParityHost {
  readonly url: string;
  readonly token: string;
  /** The discovery folder. */
  readonly home: string;
  /** The folder that is open. */
  readonly folder: string;
  end(): Promise<void>;
}

/** Each host of a bridge, by its name. */
export const parityHosts = {
  "in the editor, from the VSIX": startInEditor,
  "without an editor, from the npm package": startServer,
} as const satisfies Record<string, (tarball: string) => Promise<ParityHost>>;

async function startInEditor(): Promise<ParityHost> {
  const { session, bridge, folder } = await openWindowWithBridge({
    name: "parity",
    userSettings: { "workbench.startupEditor": "none" },
    actionDeadlineMs: DEADLINE_MS,
    startDeadlineMs: DEADLINE_MS,
  });
  const { url, token } = bridge;
  return { url, token, home: session.profile.bridgeHome, folder, end: () => session.end() };
}

/** Installs the package in an empty folder, and runs `npx kiro-bridge serve --simulator` there. */
async function startServer(tarball: string): Promise<ParityHost> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  await npmInstall(folder, ["--offline", tarball]);
  const home = join(folder, "home");
  const workspace = join(folder, "parity");
  await mkdir(workspace);
  await mkdir(home, { mode: 0o700 });
  const env = { ...process.env, KIRO_BRIDGE_HOME: home };
  const program = join(folder, "node_modules", "kiro-bridge", "cli.js");
  const args = [program, "serve", "--simulator", "--port", String(await freePort()), "--workspace", workspace];
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-10_000)));
  const ended = once(child, "exit");
  const early = ended.then(([code]) => {
    throw new Error(`The server has ended with ${String(code)}:\n${log}`);
  });
  early.catch(() => undefined);
  const { url, token } = await Promise.race([waitForDiscovery(home, DEADLINE_MS), early]);
  return {
    url,
    token,
    home,
    folder: workspace,
    end: async () => {
      child.kill("SIGTERM");
      await withDeadline(ended, DEADLINE_MS, "the end of the server");
      await removeFolder(folder);
    },
  };
}
