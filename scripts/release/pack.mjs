// Packs what a release consists of in dist/release, once: the VSIX, the npm package, the lists of the packages in them, and
// the checksums of all. Everything is published from these files (docs/release.md#one-set-of-files).
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listFiles, PackageManager } from "@vscode/vsce";
import { readMetafile } from "../bundles/bundledPackages.mjs";
import { npmCommand } from "../npmCommand.mjs";
import { writeContents } from "./parts/contents.mjs";
import { contentsOf, releaseFiles, releaseFolder, writeChecksums } from "./parts/releaseFiles.mjs";

const { name, version, publisher } = JSON.parse(readFileSync("package.json", "utf8"));
const { description } = JSON.parse(readFileSync("package.nls.json", "utf8"));
const { vsix, npmPackage, all } = releaseFiles(version);
const inRelease = (file) => join(releaseFolder, file);

for (const script of ["package", "package:npm"]) {
  const { command, args, shell } = npmCommand(["run", script]);
  execFileSync(command, args, { shell, stdio: "inherit" });
}
rmSync(releaseFolder, { recursive: true, force: true });
mkdirSync(releaseFolder, { recursive: true });
copyFileSync(join("dist", "kiro-bridge.vsix"), inRelease(vsix));
copyFileSync(join("dist", npmPackage), inRelease(npmPackage));

const packed = new Set(await listFiles({ cwd: process.cwd(), packageManager: PackageManager.None }));
const { inputs, outputs } = readMetafile(join("dist", "meta.json"));
writeContents({
  file: inRelease(vsix),
  bundles: { inputs, outputs: Object.fromEntries(Object.entries(outputs).filter(([file]) => packed.has(file))) },
  component: { name, version, description, purl: `pkg:vscode-extension/${publisher}/${name}@${version}` },
  out: inRelease(contentsOf(vsix)),
});
const manifest = JSON.parse(readFileSync(join("dist", "npm", "package.json"), "utf8"));
writeContents({
  file: inRelease(npmPackage),
  bundles: readMetafile(join("dist", "npm-meta.json")),
  component: { name, version, description: manifest.description, purl: `pkg:npm/${name}@${version}` },
  out: inRelease(contentsOf(npmPackage)),
});
writeChecksums(releaseFolder);
for (const file of all) console.log(inRelease(file));
