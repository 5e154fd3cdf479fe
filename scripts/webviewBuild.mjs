import { readFile } from "node:fs/promises";

/** Style sheets in templates are written to be read; the page does not need their indentation. */
const squeezeStyles = {
  name: "squeeze-styles",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]dashboard[\\/]page[\\/].+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\bcss`[^`]*`/g, (css) => css.replace(/\s+/g, " ")),
      loader: "ts",
    }));
  },
};

/** The page checks what it receives, and makes no JSON Schemas: zod's code for those is a tenth of the page. */
const slimZod = {
  name: "slim-zod",
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]core[\\/](json-schema-processors|to-json-schema)\.js$/ }, () => ({
      contents: "module.exports = { createStandardJSONSchemaMethod: () => undefined };",
    }));
  },
};

/** How the dashboard's page is built: one script, one style sheet, one font, under dist/webview. */
export function webviewOptions({ isProduction, plugins = [], logLevel = "warning" }) {
  return {
    entryPoints: [
      { in: "src/dashboard/page/main.ts", out: "dashboard" },
      { in: "src/dashboard/page/dashboard.css", out: "dashboard" },
    ],
    outdir: "dist/webview",
    bundle: true,
    platform: "browser",
    format: "iife",
    // The lowest editor we serve, 1.110, is Electron 39: Chromium 142.
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
