// Bundles the npm package: the SDK, the patterns and the SDK of plugins as ES modules and as CommonJS, and the command line.
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** The entry points of the package that programs import, by name. */
export const libraries = ["client", "patterns", "plugin"];
const commandLine = "src/cli/main.ts";
/** The part of the command line that only `kiro-bridge mcp` reads, and its name next to the command line. */
const mcpRelay = { source: "src/cli/mcp/relayLibrary.ts", file: "mcpRelay.mjs" };
const sources = {
  client: "src/client/index.ts",
  patterns: "src/client/patterns.ts",
  plugin: "src/plugins/sdk/index.ts",
};

/** Returns the source of an entry point. */
export function sourceOf(name) {
  return sources[name];
}

/** The bundles of the extension that a bridge without an editor loads as well. */
export const serverBundles = [
  "awsCredentials",
  "exports",
  "gateways",
  "jose",
  "l10n",
  "mcp",
  "mcpTools",
  "merging",
  "models",
  "nats",
  "oauth",
  "plugins",
  "schemaWorker",
  "simulator",
];

/** CommonJS in an ES module, as `ws` and commander are, requires Node's modules. */
const requireForModules =
  'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);';

const shared = {
  bundle: true,
  // Node 20, and the browsers of 2023.
  target: ["es2022", "node20.16"],
  mainFields: ["module", "main"],
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
};

/** Writes the bundles to `folder`. Returns their metafile. */
export async function writeBundles(folder, version) {
  const builds = libraries.flatMap((name) => [
    libraryOptions(name, "esm", join(folder, `${name}.js`)),
    libraryOptions(name, "cjs", join(folder, `${name}.cjs`)),
  ]);
  builds.push(...commandLineOptions(join(folder, "cli.js"), version));
  const made = [];
  for (const options of builds) made.push((await build(options)).metafile);
  for (const { outputs } of made) checkUnshared(outputs);
  const merged = (part) => Object.assign({}, ...made.map((metafile) => metafile[part]));
  return { inputs: merged("inputs"), outputs: merged("outputs") };
}

function libraryOptions(name, format, outfile) {
  // Plugins are programs of Node. The others run in browsers as well.
  const isForNode = name === "plugin";
  return {
    ...shared,
    entryPoints: [sourceOf(name)],
    outfile,
    format,
    // For CommonJS, `node` adds the names of the exports, which Node reads when an ES module imports the file.
    platform: format === "cjs" || isForNode ? "node" : "neutral",
    plugins: name === "patterns" ? [besideClient(format)] : [],
    ...(isForNode && format === "esm" && { banner: { js: requireForModules } }),
  };
}

/** Imports the SDK from its own file of the package, so that there is one copy of it. */
function besideClient(format) {
  return {
    name: "beside-client",
    setup({ onResolve }) {
      onResolve({ filter: /\/index\.ts$/ }, () => ({
        path: format === "esm" ? "./client.js" : "./client.cjs",
        external: true,
      }));
    },
  };
}

/**
 * Values of the SDK in the patterns come from its public face only: everything else would be a second copy. The SDK of plugins
 * has its own copy of the little that it uses.
 */
function checkUnshared(outputs) {
  for (const [file, { inputs, entryPoint }] of Object.entries(outputs)) {
    if (entryPoint !== sourceOf("patterns")) continue;
    const copied = Object.entries(inputs).filter(
      ([path, { bytesInOutput }]) => path !== entryPoint && bytesInOutput > 0,
    );
    if (copied.length === 0) continue;
    throw new Error(`${file} has copies of ${copied.map(([path]) => path).join(", ")}: import them from ./index.ts.`);
  }
}

/** Writes one entry point, as the package has it, to a file. */
export async function writeLibrary(name, format, outfile) {
  await build(libraryOptions(name, format, outfile));
}

/** Writes the command line, as the package has it, to a file. */
export async function writeCommandLine(outfile, version) {
  for (const options of commandLineOptions(outfile, version)) await build(options);
}

function commandLineOptions(outfile, version) {
  const program = { ...shared, format: "esm", platform: "node", target: "node20.16", minify: true };
  return [
    {
      ...program,
      entryPoints: [commandLine],
      outfile,
      define: { KIRO_BRIDGE_VERSION: JSON.stringify(version) },
      banner: { js: `#!/usr/bin/env node\n${requireForModules}` },
      plugins: [lateRelay],
    },
    {
      ...program,
      entryPoints: [mcpRelay.source],
      outfile: join(dirname(outfile), mcpRelay.file),
      banner: { js: requireForModules },
    },
  ];
}

/** Imports the relay of MCP from its own file. */
const lateRelay = {
  name: "late-relay",
  setup({ onResolve }) {
    onResolve({ filter: /\/relayLibrary\.ts$/ }, () => ({ path: `./${mcpRelay.file}`, external: true }));
  },
};

/** Returns the SDK as a page would bundle it: minified, without Node's modules. */
export async function browserBundle() {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: [sourceOf("client")],
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    write: false,
  });
  return { code: outputFiles[0].contents, metafile };
}
