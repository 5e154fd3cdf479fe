import { homedir } from "node:os";
import { resolve } from "node:path";
import { Argument, type Command, Option } from "commander";
import { isInstalled } from "../../clientSetups/files/installed.ts";
import { draftSetup, type SetupFolders, type WrittenFile, writeSetup } from "../../clientSetups/files/writeSetup.ts";
import {
  type ClientSetup,
  type FileWay,
  isFileWay,
  type OwnFileWay,
  type SetupWay,
  TOKEN_VARIABLE,
} from "../../clientSetups/setup.ts";
import { type Snippet, snippetOf } from "../../clientSetups/snippet.ts";
import { clientSetups, findSetup } from "../../clientSetups/table.ts";
import type { Cli, Start } from "../cli.ts";
import { askForToken } from "../connection/askForToken.ts";
import { locate } from "../connection/connect.ts";
import { CliFailure, exitCodes, usageFailure } from "../exitCodes.ts";
import { plainLine } from "../output/plainText.ts";
import { table } from "../output/table.ts";

interface ConnectOptions {
  readonly print?: boolean;
  readonly write?: boolean;
  readonly storeToken?: boolean;
  readonly for?: SetupWay["kind"];
  readonly project?: string;
}

export function addConnect(program: Command, start: Start): void {
  program
    .command("connect")
    .description("Connect a client to the bridge, or list the clients that can be connected.")
    .addArgument(new Argument("[client]", "the client").choices(clientSetups.map((setup) => setup.id)))
    .option("--print", "print the set-up only; asks for no token")
    .option("--write", "write the set-up into the client's file, after a copy of it")
    .option("--store-token", "with --write: write the token itself, which then only you can read")
    .addOption(new Option("--for <use>", "the tools of the editor, or Kiro as a model").choices(["mcp", "model"]))
    .option("--project <folder>", "folder for the files of a project; by default the current one")
    .addHelpText(
      "after",
      `
The user of the editor allows a token of its own for the client, with the least permissions
that it needs. Revoke it on the dashboard. Unless you store the token, the client reads it
from the variable KIRO_BRIDGE_TOKEN, which is printed, or asks you for it.

Examples:
  kiro-bridge connect
  kiro-bridge connect cursor --write
  kiro-bridge connect openai-sdk --print`,
    )
    .action((client: string | undefined, options: ConnectOptions, command: Command) =>
      start(command, (cli) => (client === undefined ? listClients(cli) : connectClient(cli, client, options))),
    );
}

async function listClients({ out }: Cli): Promise<void> {
  const machine = { home: homedir(), path: process.env["PATH"] ?? "", platform: process.platform };
  const clients = await Promise.all(
    clientSetups.map(async (setup) => ({
      id: setup.id,
      name: setup.name,
      installed: await isInstalled(setup, machine),
    })),
  );
  const sorted = clients.toSorted((a, b) => Number(b.installed) - Number(a.installed));
  if (out.isJson) return out.document({ clients: sorted });
  const rows = sorted.map(({ id, name, installed }) => [id, name, installed ? "yes" : ""]);
  out.write(table(["CLIENT", "NAME", "INSTALLED"], rows, out.style));
}

async function connectClient(cli: Cli, id: string, options: ConnectOptions): Promise<void> {
  const setup = findSetup(id);
  if (setup === undefined) throw usageFailure(`There is no client ${id}.`);
  if (options.print === true && options.write === true) throw usageFailure("Give either --print or --write, not both.");
  const ways = setup.ways.filter(({ kind }) => options.for === undefined || options.for === kind);
  if (ways.length === 0) throw usageFailure(`${setup.name} has no set-up for ${options.for}.`);
  if (options.write === true) await write(cli, setup, ways, options);
  else await print(cli, setup, ways, options.print === true);
}

async function print(cli: Cli, setup: ClientSetup, ways: readonly SetupWay[], isWithoutToken: boolean): Promise<void> {
  const { out } = cli;
  const { url, token } = await access(cli, setup, isWithoutToken);
  // Clients that read no variable need the token itself.
  const snippets = ways.map((way) =>
    snippetOf(way, { url, ...(token !== undefined && isFileWay(way) && way.variable === undefined && { token }) }),
  );
  report(cli, setup, { url, token, files: [], snippets });
  if (out.isJson) return;
  out.write(snippets.map(shown).join("\n"));
  out.note(setup.next);
}

async function write(cli: Cli, setup: ClientSetup, ways: readonly SetupWay[], options: ConnectOptions): Promise<void> {
  const { out } = cli;
  const files = ways.filter(isFileWay);
  const kind = options.for ?? files[0]?.kind;
  const chosen = files.filter((way) => way.kind === kind);
  if (chosen.length === 0) throw usageFailure(`${setup.name} has no file. Run it with --print.`);
  const folders = { home: homedir(), project: resolve(options.project ?? ".") };
  const isStored = (way: FileWay | OwnFileWay) => options.storeToken === true || way.variable === undefined;
  // Before anybody is asked: a file that cannot be edited.
  await eachFile(chosen, (way) => draftSetup(way, folders, { url: "http://127.0.0.1", token: "" }));
  const { url, token = "" } = await access(cli, setup, false);
  const written = await eachFile(chosen, (way) =>
    writeOne(way, folders, { url, token: isStored(way) ? token : undefined }),
  );
  const shownToken = chosen.every(isStored) ? undefined : token;
  report(cli, setup, { url, token: shownToken, files: written, snippets: [] });
  if (out.isJson) return;
  for (const { path, backup, isChanged } of written) {
    const copy = backup === undefined ? "" : ` A copy of the former one is ${plainLine(backup)}.`;
    out.note(isChanged ? `Wrote ${plainLine(path)}.${copy}` : `${plainLine(path)} has the set-up already.`);
  }
  out.note(setup.next);
}

function writeOne(
  way: FileWay | OwnFileWay,
  folders: SetupFolders,
  { url, token }: { readonly url: string; readonly token: string | undefined },
): Promise<WrittenFile> {
  return writeSetup(way, folders, { url, ...(token !== undefined && { token }) });
}

/** Goes through files one by one, because several ways may have the same one. */
async function eachFile<T>(
  ways: readonly (FileWay | OwnFileWay)[],
  work: (way: FileWay | OwnFileWay) => Promise<T>,
): Promise<T[]> {
  const done: T[] = [];
  for (const way of ways) {
    try {
      done.push(await work(way));
    } catch (error) {
      throw new CliFailure(exitCodes.failed.code, error instanceof Error ? error.message : String(error));
    }
  }
  return done;
}

async function access(
  cli: Cli,
  { name, scopes }: ClientSetup,
  isWithoutToken: boolean,
): Promise<{ readonly url: string; readonly token?: string }> {
  const choice = await cli.choice();
  const { url } = await locate(choice);
  if (isWithoutToken) return { url };
  return {
    url,
    token: await askForToken(cli, { url, name, permissions: { scopes: [...scopes] }, version: choice.version }),
  };
}

interface Report {
  readonly url: string;
  readonly token: string | undefined;
  readonly files: readonly WrittenFile[];
  readonly snippets: readonly Snippet[];
}

/** Prints everything for programs; for people, the variable with the token. */
function report({ out }: Cli, { id, scopes, next }: ClientSetup, { url, token, files, snippets }: Report): void {
  if (out.isJson)
    out.jsonLine({ client: id, url, scopes, ...(token !== undefined && { token }), files, snippets, next });
  else if (token !== undefined) out.write(`export ${TOKEN_VARIABLE}=${plainLine(token)}\n`);
}

function shown({ file, text }: Snippet): string {
  return `${file === undefined ? "" : `# ${file}\n`}${text}\n`;
}
