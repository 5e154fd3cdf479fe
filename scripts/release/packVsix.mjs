// Builds and packs the extension as dist/kiro-bridge.vsix: `npm run package`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { channelOf } from "./parts/channel.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const vsce = join(dirname(fileURLToPath(import.meta.resolve("@vscode/vsce/package.json"))), "vsce");
const flags = channelOf(version).isPreRelease ? ["--pre-release"] : [];
execFileSync(process.execPath, [vsce, "package", "--no-dependencies", ...flags, "-o", "dist/kiro-bridge.vsix"], {
  stdio: "inherit",
});
