import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { editorUser } from "../../../src/core/access/principal.ts";
import { publishEntry, withdrawEntry } from "../../../src/windows/discovery.ts";
import { EchoTerminal } from "../programs/fakeTerminal.ts";
import { simulatedKiro } from "../simulatedKiro.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";

const root = join(import.meta.dirname, "../../..");

/**
 * A running bridge with the simulator as its Kiro CLI and a user who lets every program in, and the surroundings in which
 * programs find it.
 */
export interface GuideBridge {
  readonly bridge: TestBridge;
  /** Empty, and the working directory of programs. Packages that they import are in its `node_modules`. */
  readonly folder: string;
  /** As in a terminal of the editor: with `KIRO_BRIDGE_HOME` and `KIRO_BRIDGE_URL`, a home folder without a bridge, and the kit's command and packages. */
  readonly env: NodeJS.ProcessEnv;
  dispose(): Promise<void>;
}

export async function startGuideBridge(options: TestBridgeOptions = {}): Promise<GuideBridge> {
  const folder = await temporaryFolder();
  const bridge = await startTestBridge({
    folders: [folder],
    createKiro: (events) =>
      simulatedKiro({
        folder,
        isInstalled: true,
        env: { KIRO_SIMULATOR_DEMO: "1" },
        report: (event) => events.append(event),
        terminals: { open: async () => new EchoTerminal() },
      }),
    ...options,
    commands: {
      "workbench.action.files.newUntitledFile": () => undefined,
      "vscode.open": () => undefined,
      ...options.commands,
    },
  });
  await bridge.core.catalog.refresh();
  const { pairings } = bridge.core.access;
  pairings.onDidChange(() => {
    queueMicrotask(() => {
      for (const { id } of pairings.pending) pairings.decide(id, { decision: "allow" }, editorUser);
    });
  });
  const home = join(folder, ".bridge-home");
  const windows = [bridge.core.window.describe()];
  const entry = { version: "0.1.0", url: bridge.server.url, pid: process.pid, token: TEST_TOKEN, windows };
  await publishEntry(home, entry);
  await installKit(folder);
  return {
    bridge,
    folder,
    env: surroundings(folder, home, bridge.server.url),
    dispose: async () => {
      await withdrawEntry(home, { pid: process.pid, url: bridge.server.url });
      await bridge.dispose();
      await removeFolder(folder);
    },
  };
}

function surroundings(folder: string, home: string, url: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: join(folder, "nobody"),
    USERPROFILE: join(folder, "nobody"),
    KIRO_BRIDGE_HOME: home,
    KIRO_BRIDGE_URL: url,
    PYTHONPATH: join(root, "clients/python/src"),
    PYTHONDONTWRITEBYTECODE: "1",
    PATH: [join(folder, ".programs"), join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter),
  };
}

/** Installs the kit from its sources, under the names that users know it by. */
async function installKit(folder: string): Promise<void> {
  await mkdir(join(folder, "nobody"));
  await mkdir(join(folder, "node_modules/kiro-bridge"), { recursive: true });
  // A linked folder outside of `node_modules`: Node strips the types of sources only there.
  await symlink(join(root, "src"), join(folder, "node_modules/kiro-bridge/sources"), "dir");
  await writeFile(
    join(folder, "node_modules/kiro-bridge/package.json"),
    JSON.stringify({
      name: "kiro-bridge",
      type: "module",
      exports: {
        "./client": "./sources/client/index.ts",
        "./patterns": "./sources/client/patterns.ts",
        "./plugin": "./sources/plugins/sdk/index.ts",
      },
    }),
  );
  await mkdir(join(folder, ".programs"));
  const command = join(root, "src/cli/main.ts");
  if (!existsSync(command)) return;
  const start = join(folder, ".programs/start.mjs");
  // The build puts the version in.
  const version = 'globalThis.KIRO_BRIDGE_VERSION = "0.1.0";';
  await writeFile(start, `${version}\nawait import(${JSON.stringify(command)});\n`);
  const program = join(folder, ".programs/kiro-bridge");
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${start}' "$@"\n`);
  await chmod(program, 0o700);
  // `npx kiro-bridge …` without a registry.
  await writeFile(join(folder, ".programs/npx"), '#!/bin/sh\nexec "$@"\n');
  await chmod(join(folder, ".programs/npx"), 0o700);
}
