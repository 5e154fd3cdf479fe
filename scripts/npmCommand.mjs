import { basename } from "node:path";

/**
 * Returns the command that runs npm: the calling npm if there is one, so that the same version is used and Windows
 * needs no shell for `npm.cmd`; otherwise by name.
 */
export function npmCommand(args) {
  const cli = process.env.npm_execpath ?? "";
  if (basename(cli) === "npm-cli.js") return { command: process.execPath, args: [cli, ...args], shell: false };
  const shell = process.platform === "win32";
  return { command: "npm", args: shell ? args.map((arg) => `"${arg}"`) : args, shell };
}
