// Builds the extension (one CommonJS file, without node_modules) and the parts loaded on first use. Usage: node
// esbuild.mjs [--production] [--watch]. With --watch, prints the lines that the watch task waits for.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { context } from "esbuild";
import { slimSdks } from "./scripts/bundles/slimSdks.mjs";
import { writeShippedDocs } from "./scripts/shippedDocs.mjs";
import { writeShippedManual } from "./scripts/documents/shippedManual.mjs";
import { webviewOptions } from "./scripts/webviewBuild.mjs";

const isProduction = process.argv.includes("--production");
const isWatching = process.argv.includes("--watch");

/** Removes the body parsers of Express, with their tables of charsets: bodies are read by our own code, which bounds them. */
const slimBodyParser = {
  name: "slim-body-parser",
  setup(build) {
    build.onLoad({ filter: /node_modules[\\/]body-parser[\\/]index\.js$/ }, () => ({
      contents: "module.exports = {};",
    }));
  },
};

/** The media types that we send, of the thousands in Express. */
const mediaTypes = {
  "application/json": { charset: "UTF-8", extensions: ["json"] },
  "text/css": { charset: "UTF-8", extensions: ["css"] },
  "text/event-stream": {},
  "text/html": { extensions: ["html"] },
  "text/javascript": { charset: "UTF-8", extensions: ["js"] },
  "text/plain": { extensions: ["txt"] },
};

/**
 * Express loads a parser of nested queries, one of addresses, and its server of files, which are never used: `query parser`
 * is "simple", `trust proxy` is off, and files are sent by our own code.
 */
const slimExpress = {
  name: "slim-express",
  setup(build) {
    const unused =
      /node_modules[\\/](?:qs[\\/]lib[\\/]index|ipaddr\.js[\\/]lib[\\/]ipaddr|(?:send|serve-static)[\\/]index)\.js$/;
    build.onLoad({ filter: unused }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Removes the log of Express, which would print each path to the console of the editor if DEBUG is set. */
const slimDebug = {
  name: "slim-debug",
  setup(build) {
    build.onLoad({ filter: /node_modules[\\/]debug[\\/]src[\\/]index\.js$/ }, () => ({
      contents: "module.exports = () => () => undefined;",
    }));
  },
};

const slimMime = {
  name: "slim-mime",
  setup(build) {
    build.onLoad({ filter: /mime-db[\\/]db\.json$/ }, () => ({ contents: JSON.stringify(mediaTypes), loader: "json" }));
  },
};

/** The bundles that others require on first use, by the name of their source. */
const lazyBundles = {
  lazyParts: "bridge",
  joseLibrary: "jose",
  oauthLibrary: "oauth",
  pluginsLibrary: "plugins",
  natsLibrary: "nats",
  gatewaysLibrary: "gateways",
  mcpLibrary: "mcp",
  editorToolsLibrary: "editorTools",
  connectClientLibrary: "connectClient",
  modelsLibrary: "models",
  hostModelsLibrary: "hostModels",
  analyticsLibrary: "analytics",
  mergingLibrary: "merging",
  mcpToolsLibrary: "mcpTools",
  awsLibrary: "awsCredentials",
  exportsLibrary: "exports",
  hostExportsLibrary: "hostExports",
};

const lazyParts = {
  name: "lazy-parts",
  setup(build) {
    // One file each for all bundles: the texts of the editor's language (src/host/language/useEditorLanguage.ts), and the list
    // of sentences that are translated where they are shown.
    build.onResolve({ filter: /^@vscode\/l10n$/ }, () => ({ path: "./l10n.cjs", external: true }));
    build.onResolve({ filter: /\/language\/translate\.ts$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./translate.cjs", external: true },
    );
    for (const [source, bundle] of Object.entries(lazyBundles)) {
      build.onResolve({ filter: new RegExp(`/${source}\\.ts$`) }, ({ kind }) =>
        kind === "dynamic-import" ? { path: `./${bundle}.cjs`, external: true } : undefined,
      );
    }
  },
};

/** Prints the lines for `$esbuild-watch` in .vscode/tasks.json. */
const reportWatch = {
  name: "report-watch",
  setup(build) {
    build.onStart(() => console.log("[watch] build started"));
    build.onEnd(({ errors }) => {
      for (const { text, location } of errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location !== null) console.error(`    ${location.file}:${location.line}:${location.column + 1}:`);
      }
      console.log("[watch] build finished");
    });
  },
};

const options = {
  entryPoints: [
    { in: "src/extension.ts", out: "extension" },
    { in: "src/host/lazyParts.ts", out: "bridge" },
    // For the npm package alone.
    { in: "src/serve/serveLibrary.ts", out: "headless/serve" },
    { in: "src/server/schemas/schemaWorker.ts", out: "schemaWorker" },
    { in: "src/access/jwt/joseLibrary.ts", out: "jose" },
    { in: "src/access/oauth/oauthLibrary.ts", out: "oauth" },
    { in: "src/plugins/nats/natsLibrary.ts", out: "nats" },
    { in: "src/plugins/pluginsLibrary.ts", out: "plugins" },
    { in: "src/gateways/gatewaysLibrary.ts", out: "gateways" },
    { in: "src/gateways/mcpLibrary.ts", out: "mcp" },
    { in: "src/host/editor/tools/editorToolsLibrary.ts", out: "editorTools" },
    { in: "src/host/clients/connectClientLibrary.ts", out: "connectClient" },
    { in: "src/agents/modelsLibrary.ts", out: "models" },
    { in: "src/host/models/hostModelsLibrary.ts", out: "hostModels" },
    { in: "src/host/analytics/analyticsLibrary.ts", out: "analytics" },
    { in: "src/dashboard/channel/windows/mergingLibrary.ts", out: "merging" },
    { in: "src/tools/mcpToolsLibrary.ts", out: "mcpTools" },
    { in: "src/exports/awsLibrary.ts", out: "awsCredentials" },
    { in: "src/exports/exportsLibrary.ts", out: "exports" },
    { in: "src/host/exports/hostExportsLibrary.ts", out: "hostExports" },
    { in: "src/host/language/translate.ts", out: "translate" },
    // The form without files and addresses: the texts come from the editor.
    { in: "node_modules/@vscode/l10n/dist/browser.js", out: "l10n" },
    { in: "test/fixtures/simulator/main.ts", out: "simulator" },
  ],
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  external: ["vscode"],
  mainFields: ["module", "main"],
  minify: isProduction,
  sourcemap: isProduction ? false : "linked",
  metafile: true,
  legalComments: "none",
  logLevel: isWatching ? "silent" : "warning",
  plugins: [
    slimBodyParser,
    slimExpress,
    slimDebug,
    slimMime,
    slimSdks,
    lazyParts,
    ...(isWatching ? [reportWatch] : []),
  ],
  // The editor only provides `vscode` to `require`.
  supported: { "dynamic-import": false },
};

await mkdir("dist", { recursive: true });
if (isProduction) for (const { out } of options.entryPoints) await rm(`dist/${out}.cjs.map`, { force: true });
await writeShippedManual("dist/documents");
const docs = await writeShippedDocs("dist");
const webview = webviewOptions({ isProduction, ...(isWatching && { logLevel: "silent", plugins: [reportWatch] }) });
const builds = await Promise.all([options, ...webview].map((each) => context(each)));
if (isWatching) {
  for (const build of builds) await build.watch();
} else {
  const made = [docs];
  for (const build of builds) made.push((await build.rebuild()).metafile);
  const merged = (part) => Object.assign({}, ...made.map((metafile) => metafile[part]));
  await writeFile("dist/meta.json", JSON.stringify({ inputs: merged("inputs"), outputs: merged("outputs") }));
  for (const build of builds) await build.dispose();
}
