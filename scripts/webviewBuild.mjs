import { readFile } from "node:fs/promises";

/** Removes the indentation of style sheets in templates. */
const squeezeStyles = {
  name: "squeeze-styles",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]dashboard[\\/]page[\\/].+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\bcss`[^`]*`/g, (css) => css.replace(/\s+/g, " ")),
      loader: "ts",
    }));
  },
};

/** Removes the JSON Schema generator of zod, a tenth of the page, which only validates. */
const slimZod = {
  name: "slim-zod",
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]core[\\/](json-schema-processors|to-json-schema)\.js$/ }, () => ({
      contents: "module.exports = { createStandardJSONSchemaMethod: () => undefined };",
    }));
  },
};

/**
 * Returns the build options of the dashboard's page, in dist/webview: one script, one style sheet and one font; and the parser
 * of Markdown and the plotting library, modules that the script imports on first use; and the texts in other languages.
 */
export function webviewOptions(options) {
  const page = pageOptions(options);
  const { loader: _loader, assetNames: _names, ...shared } = page;
  const ofModules = [
    { in: "src/dashboard/page/markdown/parseBlocks.ts", out: "markdown" },
    { in: "uplot", out: "uplot" },
  ];
  // For browsers; the editor has the texts of its language itself.
  const texts = [{ in: "l10n/bundle.l10n.de.json", out: "l10n.de" }];
  return [
    page,
    { ...shared, entryPoints: ofModules, format: "esm" },
    { ...shared, entryPoints: texts, loader: { ".json": "copy" } },
  ];
}

function pageOptions({ isProduction, plugins = [], logLevel = "warning" }) {
  return {
    entryPoints: [
      { in: "src/dashboard/page/main.ts", out: "dashboard" },
      { in: "src/dashboard/page/dashboard.css", out: "dashboard" },
      { in: "src/dashboard/page/browser/browser.css", out: "browser" },
    ],
    outdir: "dist/webview",
    bundle: true,
    platform: "browser",
    format: "iife",
    // The lowest supported editor, 1.110, has Electron 39: Chromium 142.
    target: "chrome142",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
    minify: isProduction,
    sourcemap: isProduction ? false : "inline",
    metafile: true,
    legalComments: "none",
    logLevel,
    plugins: [slimZod, ...(isProduction ? [squeezeStyles] : []), ...plugins],
  };
}
