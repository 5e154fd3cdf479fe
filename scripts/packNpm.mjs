// Stages the npm package in dist/npm and packs it as dist/kiro-bridge-<version>.tgz.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBundles } from "./npm/bundles.mjs";
import { writeDeclarations } from "./npm/declarations.mjs";
import { manifestOf } from "./npm/manifest.mjs";
import { npmCommand } from "./npmCommand.mjs";

const folder = join("dist", "npm");
const metafile = join("dist", "npm-meta.json");
const root = JSON.parse(readFileSync("package.json", "utf8"));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(metafile, JSON.stringify(await writeBundles(folder, root.version)));
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
