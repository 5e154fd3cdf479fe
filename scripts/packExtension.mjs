import { spawn } from "node:child_process";
import { npmCommand } from "./npmCommand.mjs";
import { repositoryRoot, vsixPath } from "../test/support/editor/paths.ts";

const TOLD_LINES = 40;

/** Builds and packs the extension. Returns the path of the VSIX; throws with the output of the build. */
export async function packExtension(signal) {
  console.log("Building and packing the extension …");
  const npm = npmCommand(["run", "package"]);
  const child = spawn(npm.command, npm.args, {
    cwd: repositoryRoot,
    shell: npm.shell,
    signal,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code === 0) return vsixPath;
  throw new Error(
    `The extension could not be built and packed (npm run package):\n${output.trimEnd().split("\n").slice(-TOLD_LINES).join("\n")}`,
  );
}
