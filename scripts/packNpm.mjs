// Stages the npm package in dist/npm and packs it as dist/kiro-bridge-<version>.tgz.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverSettings } from "./documents/serverSettings.mjs";
import { serverBundles, writeBundles } from "./npm/bundles.mjs";
import { writeDeclarations } from "./npm/declarations.mjs";
import { manifestOf } from "./npm/manifest.mjs";
import { npmCommand } from "./npmCommand.mjs";

const folder = join("dist", "npm");
const metafile = join("dist", "npm-meta.json");
const root = JSON.parse(readFileSync("package.json", "utf8"));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeServer();
writeFileSync(metafile, JSON.stringify(withServer(await writeBundles(folder, root.version))));
writeDeclarations(folder);
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifestOf(root), undefined, 2)}\n`);
copyFileSync("docs/npm-package.md", join(folder, "README.md"));
copyFileSync("LICENSE", join(folder, "LICENSE"));
const notices = ["scripts/notices.mjs", "--meta", metafile, "--out", join(folder, "THIRD_PARTY_NOTICES.md")];
execFileSync(process.execPath, notices, { stdio: "inherit" });
chmodSync(join(folder, "cli.js"), 0o755);
const { command, args, shell } = npmCommand([
  "pack",
  `./${folder}`,
  "--pack-destination",
  "dist",
  "--loglevel",
  "error",
]);
execFileSync(command, args, { shell, stdio: "inherit" });

/** Copies the bridge for `kiro-bridge serve`, as esbuild.mjs has built it: the bundles that it loads, the page and the documents. */
function writeServer() {
  execFileSync(process.execPath, ["esbuild.mjs", "--production"], { stdio: "inherit" });
  const server = join(folder, "server", "dist");
  mkdirSync(server, { recursive: true });
  copyFileSync("dist/headless/serve.cjs", join(server, "serve.cjs"));
  for (const name of serverBundles) copyFileSync(join("dist", `${name}.cjs`), join(server, `${name}.cjs`));
  for (const name of ["openapi.json", "asyncapi.json"]) copyFileSync(join("dist", name), join(server, name));
  writeFileSync(join(folder, "server", "settings.json"), JSON.stringify(serverSettings()));
  for (const name of ["docs", "webview"]) cpSync(join("dist", name), join(server, name), { recursive: true });
}

/** Adds the bundles of the server to the metafile of the others. */
function withServer({ inputs, outputs }) {
  const built = JSON.parse(readFileSync("dist/meta.json", "utf8"));
  const names = ["headless/serve", ...serverBundles].map((name) => `dist/${name}.cjs`);
  const shipped = Object.entries(built.outputs).filter(
    ([file]) => names.includes(file) || /^dist\/(?:docs|webview)\//.test(file),
  );
  return { inputs: { ...built.inputs, ...inputs }, outputs: { ...Object.fromEntries(shipped), ...outputs } };
}
