import { hostname } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type GrantedScope, isScope, roleNames } from "../../protocol/access.ts";
import type { Cli, Start } from "../cli.ts";
import { askForToken } from "../connection/askForToken.ts";
import { locate } from "../connection/connect.ts";
import { saveToken } from "../connection/savedToken.ts";
import { usageFailure } from "../exitCodes.ts";

interface PairOptions {
  readonly name?: string;
  readonly role?: (typeof roleNames)[number];
  readonly scopes?: GrantedScope[];
  readonly reason?: string;
  readonly save?: boolean;
}

export function addPair(program: Command, start: Start): void {
  program
    .command("pair")
    .description("Ask the user of the editor for a token, and print it, or store it for this command line.")
    .option("--name <name>", "name of the program, for the user; by default with the name of the machine")
    .addOption(new Option("--role <role>", "permissions; by default operator").choices(roleNames))
    .option("--scopes <scopes>", "permissions one by one, separated by commas, instead of a role", parseScopes)
    .option("--reason <text>", "what the access is for, for the user")
    .option("--save", "store the token in the discovery folder, instead of printing it")
    .addHelpText(
      "after",
      `
Needed if the setting kiroBridge.auth.discovery is "pair", or to give a program fewer
permissions than you have. A code appears here and in the editor: compare them there. With
--save, the token is in the file cli-token.json of the discovery folder, which only you can
read, and other commands use it when the bridge publishes none. Revoke it in the editor.

Examples:
  kiro-bridge pair --save
  export KIRO_BRIDGE_TOKEN="$(kiro-bridge pair --name 'my script' --role ci)"`,
    )
    .action((options: PairOptions, command: Command) => start(command, (cli) => pair(cli, options)));
}

/** @throws InvalidArgumentError */
export function parseScopes(text: string): GrantedScope[] {
  const names = text.split(",");
  const scopes = names.filter(isScope);
  if (scopes.length === names.length) return scopes;
  throw new InvalidArgumentError("Expected scopes such as status:read,commands:run.");
}

async function pair(cli: Cli, { role, scopes, reason, save, ...options }: PairOptions): Promise<void> {
  if (role !== undefined && scopes !== undefined) throw usageFailure("Give either --role or --scopes, not both.");
  const { out } = cli;
  const { name = `kiro-bridge on ${hostname()}`.slice(0, 80) } = options;
  const choice = await cli.choice();
  const { url, entry } = await locate(choice);
  if (save === true && entry === undefined)
    throw usageFailure(`--save is for bridges of the discovery folder, and none there has the address ${url}.`);
  const permissions = scopes === undefined ? { role: role ?? ("operator" as const) } : { scopes };
  const token = await askForToken(cli, { url, name, reason, version: choice.version, permissions });
  if (save !== true) {
    if (out.isJson) out.jsonLine({ status: "allowed", url, token });
    else out.text(token);
    return;
  }
  const path = await saveToken(token);
  if (out.isJson) out.jsonLine({ status: "allowed", url, path });
  else out.note(`The token is stored in ${path}.`);
}
