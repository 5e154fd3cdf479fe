import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { publishEntry } from "../../src/windows/discovery.ts";
import { npmInstall } from "../support/editor/npmInstall.ts";
import { repositoryRoot } from "../support/editor/paths.ts";
import { FakeAgent } from "../support/fakePorts.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../support/testBridge.ts";

export const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile("package.json", "utf8")));

/** The packed npm package, as `npm run package:npm` leaves it. `KIRO_BRIDGE_NPM_PACKAGE` names another one to test. */
export const tarball =
  process.env["KIRO_BRIDGE_NPM_PACKAGE"] ?? join(repositoryRoot, "dist", `kiro-bridge-${version}.tgz`);

/** An empty project of a user, with the packed package installed, and a bridge that its programs call. */
export interface InstalledProject {
  readonly folder: string;
  readonly bridge: TestBridge;
  /** With the address and the token of the bridge. */
  readonly env: NodeJS.ProcessEnv;
  /** Copies a file of test/fixtures/npm into the project. */
  copy(fixture: string, name?: string): Promise<string>;
  /** Runs a program in the project, with this environment. */
  run(program: string, ...args: readonly string[]): Promise<Outcome>;
  dispose(): Promise<void>;
}

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Installs the package without a registry: it has no dependencies. */
export async function installProject(): Promise<InstalledProject> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await npmInstall(folder, ["--offline", tarball]);
  const agent = new FakeAgent();
  agent.turn = async ({ args }, context) => {
    context.began();
    context.output("answer to ");
    context.output(args.join(" "));
    return { kind: "completed" };
  };
  const bridge = await startTestBridge({ agent });
  const home = join(folder, "home");
  const url = `http://127.0.0.1:${bridge.port}`;
  await publishEntry(home, {
    version,
    url,
    pid: process.pid,
    token: TEST_TOKEN,
    windows: [],
  });
  const env = { ...process.env, KIRO_BRIDGE_URL: url, KIRO_BRIDGE_TOKEN: TEST_TOKEN, KIRO_BRIDGE_HOME: home };
  return {
    folder,
    bridge,
    env,
    copy: async (fixture, name = fixture) => {
      const target = join(folder, name);
      await copyFile(join(repositoryRoot, "test/fixtures/npm", fixture), target);
      return target;
    },
    run: (program, ...args) => run(program, args, { cwd: folder, env }),
    dispose: async () => {
      await bridge.dispose();
      await removeFolder(folder);
    },
  };
}

async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Outcome> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const texts = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.errors += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { code, ...texts };
}

/** The output of test/fixtures/npm/program.mjs. */
export const expectedOutput = {
  success: true,
  output: "hello",
  status: "ready",
  seen: ["connection-ready", "command-completed"],
  recorded: "completed",
  chat: ["answer to Hello", "answer to Hello again"],
  socket: "over the socket",
  discovered: [true, "healthy"],
  error: ["KiroBridgeError", "AUTHENTICATION_FAILED", true],
};

/** Asserts that a program has ended well, and returns what it printed as JSON. */
export function printed({ code, output, errors }: Outcome): unknown {
  assert.equal(code, 0, `${output}\n${errors}`);
  return JSON.parse(output);
}
