import { basename } from "node:path";

/**
 * How to call npm: through the npm that called us when there is one, so that it is the same npm
 * and Windows needs no shell for `npm.cmd`; else by name.
 */
export function npmCommand(args) {
  const cli = process.env.npm_execpath ?? "";
  if (basename(cli) === "npm-cli.js") return { command: process.execPath, args: [cli, ...args], shell: false };
  const shell = process.platform === "win32";
  return { command: "npm", args: shell ? args.map((arg) => `"${arg}"`) : args, shell };
}
