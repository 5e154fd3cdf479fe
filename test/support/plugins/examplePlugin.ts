import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { transform } from "esbuild";
import { writeLibrary } from "../../../scripts/npm/bundles.mjs";
import { repositoryRoot } from "../editor/paths.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";

/** A plugin of examples/plugins in a folder of its own, compiled to CommonJS, with the SDK as the npm package has it. */
export interface ExamplePlugin {
  readonly folder: string;
  /** Returns the compiled file of a source of the plugin, such as `lib/main.ts`. */
  compiled(source: string): string;
  dispose(): Promise<void>;
}

export async function installExample(name: string): Promise<ExamplePlugin> {
  const source = join(repositoryRoot, "examples/plugins", name);
  const folder = await temporaryFolder();
  await installSdk(folder);
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile())) {
    const from = join(file.parentPath, file.name);
    const to = join(folder, from.slice(source.length));
    await mkdir(dirname(to), { recursive: true });
    if (file.name.endsWith(".ts")) await compile(from, to.replace(/\.ts$/, ".js"));
    else await copyFile(from, to);
  }
  return {
    folder,
    compiled: (path) => join(folder, path.replace(/\.ts$/, ".js")),
    dispose: () => removeFolder(folder),
  };
}

async function compile(from: string, to: string): Promise<void> {
  const { code } = await transform(await readFile(from, "utf8"), { loader: "ts", format: "cjs", target: "node20.16" });
  await writeFile(to, code);
}

/** Installs `kiro-bridge/plugin` for CommonJS and for ES modules. */
export async function installSdk(folder: string): Promise<void> {
  const sdk = join(folder, "node_modules/kiro-bridge");
  await mkdir(sdk, { recursive: true });
  await Promise.all([
    writeLibrary("plugin", "cjs", join(sdk, "plugin.cjs")),
    writeLibrary("plugin", "esm", join(sdk, "plugin.js")),
  ]);
  const exports = { "./plugin": { import: "./plugin.js", require: "./plugin.cjs" } };
  await writeFile(join(sdk, "package.json"), JSON.stringify({ name: "kiro-bridge", type: "module", exports }));
}
