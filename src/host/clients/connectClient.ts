import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { isInstalled } from "../../clientSetups/files/installed.ts";
import { draftSetup, writeSetup } from "../../clientSetups/files/writeSetup.ts";
import {
  type ClientSetup,
  type FileWay,
  isFileWay,
  type OwnFileWay,
  type SetupWay,
  TOKEN_VARIABLE,
} from "../../clientSetups/setup.ts";
import { snippetOf } from "../../clientSetups/snippet.ts";
import { clientSetups, findSetup } from "../../clientSetups/table.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { ChatServer } from "../mcp/chatServer.ts";
import { pick, tell } from "../status/messages.ts";
import type { ClientWish } from "./clientWish.ts";

/** Collaborators from the bridge. */
export interface ClientConnectionDeps {
  readonly url: string;
  readonly chatServer: Pick<ChatServer, "wasRevoked" | "renew">;
  /** Lets a client in. @returns its token */
  readonly letIn: (client: Pick<ClientSetup, "name" | "scopes">) => Promise<string>;
}

const TITLE = l10n.t("Connect a Client");
const COPY_TOKEN = l10n.t("Copy Token");

interface Plan {
  readonly setup: ClientSetup;
  readonly ways: readonly SetupWay[];
  readonly isWritten: boolean;
  readonly isTokenStored: boolean;
}

/** Connects a client: makes a token of its own, and copies its set-up or writes it into its file. */
export async function connectClient(bridge: ClientConnectionDeps, wish: ClientWish | undefined): Promise<void> {
  const plan = wish === undefined ? await askForPlan(bridge) : planOf(wish);
  if (plan === undefined) return;
  const files = plan.isWritten ? plan.ways.filter(isFileWay) : [];
  const folders = { home: homedir(), project: projectFolder(files) };
  // Before there is a token: a file that cannot be edited.
  for (const way of files) await draftSetup(way, folders, { url: bridge.url, token: "" });
  const token = await bridge.letIn(plan.setup);
  if (plan.isWritten) {
    const written: string[] = [];
    for (const way of files) {
      const values = { url: bridge.url, ...(needsToken(way, plan) && { token }) };
      written.push((await writeSetup(way, folders, values)).path);
    }
    tellDone(plan, token, l10n.t("Its set-up is in {0}.", [...new Set(written)].join(", ")));
  } else {
    const lines = plan.ways.map((way) => {
      const isNeeded = isFileWay(way) && needsToken(way, plan);
      return snippetOf(way, { url: bridge.url, ...(isNeeded && { token }) }).text;
    });
    await vscode.env.clipboard.writeText(lines.join("\n\n"));
    tellDone(plan, token, l10n.t("Its set-up was copied to the clipboard."));
  }
}

async function askForPlan(bridge: ClientConnectionDeps): Promise<Plan | undefined> {
  const setup = await askForClient(bridge);
  if (setup === undefined) return undefined;
  const choice = await pick(choicesOf(setup), {
    title: TITLE,
    placeHolder: l10n.t("Select how to connect {0}", setup.name),
    ignoreFocusOut: true,
  });
  if (choice === undefined) return undefined;
  const ways = setup.ways.filter(({ kind }) => kind === choice.use);
  const isTokenStored = choice.isWritten && (await askForStorage(ways.filter(isFileWay)));
  return isTokenStored === undefined ? undefined : { setup, ways, isWritten: choice.isWritten, isTokenStored };
}

/** Has the user select a client, installed ones first, or lets the editor's own chat in again. */
async function askForClient({ chatServer }: ClientConnectionDeps): Promise<ClientSetup | undefined> {
  const machine = { home: homedir(), path: process.env["PATH"] ?? "", platform: process.platform };
  const clients = await Promise.all(
    clientSetups.map(async (setup) => ({
      label: setup.name,
      setup,
      description: (await isInstalled(setup, machine)) ? l10n.t("installed") : "",
    })),
  );
  const sorted = clients.toSorted((a, b) => b.description.length - a.description.length);
  const isRevoked = await chatServer.wasRevoked();
  const chat = {
    label: l10n.t("The chat of this editor"),
    setup: undefined,
    description: l10n.t("its access was revoked"),
  };
  const items = isRevoked ? [chat, ...sorted] : sorted;
  const picked = await pick(items, {
    title: TITLE,
    placeHolder: l10n.t("Select the client"),
    matchOnDescription: true,
  });
  if (picked === chat) await chatServer.renew();
  return picked?.setup;
}

function choicesOf({ ways }: ClientSetup) {
  return (["mcp", "model"] as const).flatMap((use) => {
    const own = ways.filter(({ kind }) => kind === use);
    const file = own.find(isFileWay)?.file;
    const labels = labelsOf(use, file ?? "");
    const copy = { label: labels.copy, use, isWritten: false };
    const write = { label: labels.write, use, isWritten: true };
    return [...(file === undefined ? [] : [write]), ...(own.length === 0 ? [] : [copy])];
  });
}

function labelsOf(use: "mcp" | "model", file: string): { readonly copy: string; readonly write: string } {
  return use === "mcp"
    ? {
        copy: l10n.t("Tools of the editor: copy the lines"),
        write: l10n.t("Tools of the editor: write {0}", file),
      }
    : { copy: l10n.t("Kiro as its model: copy the lines"), write: l10n.t("Kiro as its model: write {0}", file) };
}

/** @returns true to store the token itself; undefined if the user has left */
async function askForStorage(ways: readonly (FileWay | OwnFileWay)[]): Promise<boolean | undefined> {
  if (ways.every(({ variable }) => variable === undefined)) return true;
  const items = [
    { label: readingOf(ways), description: l10n.t("you give it the token"), isTokenStored: false },
    { label: l10n.t("Store it in the file"), description: l10n.t("which then only you can read"), isTokenStored: true },
  ];
  return (await pick(items, { title: TITLE, placeHolder: l10n.t("Select where the token is"), ignoreFocusOut: true }))
    ?.isTokenStored;
}

function readingOf(ways: readonly (FileWay | OwnFileWay)[]): string {
  const isInVariable = ways.some(({ variable }) => variable?.includes(TOKEN_VARIABLE) === true);
  return isInVariable ? l10n.t("Read it from the variable {0}", TOKEN_VARIABLE) : l10n.t("Ask for it once");
}

/** @throws BridgeError NOT_FOUND */
function planOf({ client, use, write, storeToken }: ClientWish): Plan {
  const setup = findSetup(client);
  const ways = setup?.ways.filter(({ kind }) => kind === use) ?? [];
  if (setup === undefined || ways.length === 0) throw new BridgeError("NOT_FOUND", "There is no such client or use.");
  return { setup, ways, isWritten: write, isTokenStored: storeToken };
}

/** @throws BridgeError NOT_FOUND if a file belongs into a project, and no folder is open */
function projectFolder(ways: readonly (FileWay | OwnFileWay)[]): string {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri.fsPath;
  if (folder !== undefined) return folder;
  if (ways.some(({ file }) => !file.startsWith("~/")))
    throw new BridgeError("NOT_FOUND", "The file of this client belongs into a project. Open its folder first.");
  return homedir();
}

function needsToken({ variable }: FileWay | OwnFileWay, { isTokenStored }: Plan): boolean {
  return isTokenStored || variable === undefined;
}

/** Says what to do next, and gives the token to the user if the client does not have it yet. */
function tellDone(plan: Plan, token: string, done: string): void {
  const { ways, setup } = plan;
  const others = ways.filter((way) => !isFileWay(way) || !needsToken(way, plan));
  const isInVariable = others.some((way) => !isFileWay(way) || way.variable?.includes(TOKEN_VARIABLE) === true);
  const message = [
    l10n.t("Kiro Bridge: {0} has access.", setup.name),
    done,
    ...(isInVariable ? [l10n.t("It reads its token from the environment variable {0}.", TOKEN_VARIABLE)] : []),
    translate(setup.next),
  ];
  // Not awaited: the message may stay for a long time.
  void tell("information", message.join(" "), ...(others.length > 0 ? [COPY_TOKEN] : [])).then(async (button) => {
    if (button === COPY_TOKEN) await vscode.env.clipboard.writeText(token);
  });
}
