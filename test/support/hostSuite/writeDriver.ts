import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

/** Makes a fresh driver: an extension with no other use than to carry the bundled modules into the host. */
export async function writeDriver(folder: string, name: string, options: BuildOptions): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryNames: "[name]",
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "warning",
    ...options,
  });
  const manifest = {
    name,
    publisher: "kiro-bridge-tests",
    version: "0.0.0",
    engines: { vscode: "^1.110.0" },
    main: "./extension.cjs",
    extensionKind: ["workspace"],
    // For tests that offer models and MCP servers to the editor, as other extensions do.
    contributes: {
      languageModelChatProviders: [{ vendor: "kiro-bridge-tests", displayName: "Tests" }],
      mcpServerDefinitionProviders: [{ id: "kiro-bridge-tests.mcp", label: "Tests" }],
    },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  await writeFile(join(folder, "extension.cjs"), "exports.activate = () => undefined;\n");
}
