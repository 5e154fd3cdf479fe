// Publishes the VSIX of dist/release: node scripts/release/publishVsix.mjs marketplace|open-vsx [--dry-run]. The identity is that
// of the job: both programs exchange a token of GitHub Actions for one of the registry, which lives for minutes. A version that
// is published already is a success. --dry-run does everything but the exchange and the upload.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { channelOf } from "./parts/channel.mjs";
import { installedProgram, run, runScript } from "./parts/programs.mjs";
import { verifyRelease } from "./parts/releaseFiles.mjs";

const registries = {
  marketplace: {
    program: () => installedProgram("@vscode/vsce"),
    args: (file, isPreRelease) => [
      "publish",
      "--packagePath",
      file,
      "--oidc",
      "--skip-duplicate",
      ...(isPreRelease ? ["--pre-release"] : []),
    ],
  },
  "open-vsx": {
    program: () => installedProgram("ovsx"),
    // The VSIX says whether it is a pre-release.
    args: (file) => ["publish", file, "--trusted-publishing", "--skip-duplicate"],
  },
};

await runScript(async () => {
  const { values, positionals } = parseArgs({
    options: { "dry-run": { type: "boolean" } },
    allowPositionals: true,
  });
  const registry = Object.hasOwn(registries, positionals[0] ?? "") ? registries[positionals[0]] : undefined;
  if (registry === undefined) throw new Error(`Name the registry: ${Object.keys(registries).join(" or ")}.`);
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const { vsix } = verifyRelease(version);
  const program = registry.program();
  const args = [program, ...registry.args(vsix, channelOf(version).isPreRelease)];
  if (!values["dry-run"]) return run({ command: process.execPath, args });
  await run({ command: process.execPath, args: [program, "--version"] });
  console.log(`Not run: ${args.join(" ")}`);
});
