#!/usr/bin/env node
// Installs the hook into the repository of the current folder: node install.mjs [--remove]
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const script = "kiro-commit-message.mjs";
const hook = `#!/bin/sh\ncommand -v node >/dev/null || exit 0\nexec node "$(dirname "$0")/${script}" "$1"\n`;

const hooks = execFileSync("git", ["rev-parse", "--path-format=absolute", "--git-path", "hooks"], {
  encoding: "utf8",
}).trim();
const file = join(hooks, "commit-msg");
const isOurs = existsSync(file) && readFileSync(file, "utf8") === hook;

if (process.argv.includes("--remove")) {
  if (isOurs) for (const each of [file, join(hooks, script)]) rmSync(each, { force: true });
  console.log(isOurs ? `Removed ${file}.` : "There is no hook of this example.");
} else if (existsSync(file) && !isOurs) {
  console.error(`${file} is another hook. Call ${script} from it, or move it away first.`);
  process.exitCode = 1;
} else {
  mkdirSync(hooks, { recursive: true });
  copyFileSync(new URL("commitMessage.mjs", import.meta.url), join(hooks, script));
  writeFileSync(file, hook);
  chmodSync(file, 0o755);
  console.log(`Installed ${file}. KIRO_SKIP=1 skips it once.`);
}
