// Tests the files of dist/release themselves: the VSIX in the newest editor, and the npm package in the projects of users.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { npmCommand } from "../npmCommand.mjs";
import { runScript } from "./parts/programs.mjs";
import { verifyRelease } from "./parts/releaseFiles.mjs";

await runScript(() => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const { vsix, npmPackage } = verifyRelease(version);
  const env = { ...process.env, KIRO_BRIDGE_VSIX: resolve(vsix), KIRO_BRIDGE_NPM_PACKAGE: resolve(npmPackage) };
  const commands = [
    ["exec", "--", "mocha", "--forbid-only", "test/npm/**/*.test.ts"],
    ["exec", "--", "node", "test/host/run.ts", "--editor", "newest", "--form", "vsix"],
  ];
  for (const each of commands) {
    const { command, args, shell } = npmCommand(each);
    const { status, error } = spawnSync(command, args, { shell, env, stdio: "inherit" });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`npm ${each.join(" ")} ended with code ${status}.`);
  }
});
