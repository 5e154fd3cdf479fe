import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { HostRunRequest } from "./hostRunRequest.ts";
import { repositoryRoot, testOutput } from "../editor/paths.ts";

/** The folder of the driver: an extension with no other use than to carry the tests into the host. */
export const driverFolder = join(testOutput, "driver");

/** The module whose `run()` the editor calls. */
export const testsEntry = join(driverFolder, "index.cjs");

/** Bundles the in-host tests into a fresh driver extension. The extension under test is not part of it. */
export async function buildHostTests(request: HostRunRequest): Promise<void> {
  const source = join(repositoryRoot, "test", "host");
  const tests = (await readdir(source)).filter((file) => file.endsWith(".test.ts"));
  await rm(driverFolder, { recursive: true, force: true });
  await mkdir(driverFolder, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url)), ...tests.map((file) => join(source, file))],
    entryNames: "[name]",
    outdir: driverFolder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  await writeFile(join(driverFolder, "package.json"), JSON.stringify(driverManifest, null, 2));
  await writeFile(join(driverFolder, "extension.cjs"), "exports.activate = () => undefined;\n");
  await writeFile(join(driverFolder, "request.json"), JSON.stringify(request));
}

const driverManifest = {
  name: "test-driver",
  publisher: "kiro-bridge-tests",
  version: "0.0.0",
  engines: { vscode: "^1.110.0" },
  main: "./extension.cjs",
  extensionKind: ["workspace"],
};
