import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { npmCommand } from "../../../scripts/npmCommand.mjs";

const TOLD_LINES = 15;

/**
 * Runs `npm install` in `folder`, without install scripts (nothing is compiled) and with the running Node first on PATH,
 * because npm chooses older packages for an older Node. Throws with npm's last lines.
 */
export async function npmInstall(folder: string, args: readonly string[]): Promise<void> {
  const npm = npmCommand([
    "install",
    "--prefix",
    folder,
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    ...args,
  ]);
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
  const child = spawn(npm.command, npm.args, {
    cwd: folder,
    env,
    shell: npm.shell,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`Cannot run npm: ${error.message}`, { cause: error })));
    child.once("close", resolve);
  });
  if (code === 0) return;
  const told = output.trim().split("\n").slice(-TOLD_LINES).join("\n");
  throw new Error(
    `npm install ${args.join(" ")} ended with code ${code}. Check the network and the npm settings, then run again.\n${told}`,
  );
}
