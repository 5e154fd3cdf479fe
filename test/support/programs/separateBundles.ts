import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

/** Keeps the libraries files of their own, as esbuild.mjs does. */
const lazyLibraries: Plugin = {
  name: "lazy-libraries",
  setup(builder) {
    builder.onResolve({ filter: /\/\w+Library\.ts$/ }, ({ kind, path }) =>
      kind === "dynamic-import"
        ? { path: `./${path.replace(/^.*\/(\w+)Library\.ts$/, "$1")}.cjs`, external: true }
        : null,
    );
  },
};

/**
 * Bundles the bridge, and each library in a file of its own, `<name>.cjs`: each has its own state of every module.
 * @param libraries paths below `src` of files such as `plugins/pluginsLibrary.ts`
 */
export async function buildSeparateBundles(folder: string, libraries: readonly string[]): Promise<void> {
  const src = resolve("src");
  const named = libraries.map((path) => ({
    in: join(src, path),
    out: path.replace(/^.*\/(\w+)Library\.ts$/, "$1"),
  }));
  await build({
    entryPoints: [{ in: join(src, "bridge/composeBridge.ts"), out: "bridge" }, ...named],
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    mainFields: ["module", "main"],
    supported: { "dynamic-import": false },
    logLevel: "silent",
    plugins: [lazyLibraries],
  });
}
