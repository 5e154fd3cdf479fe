import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { createToken, revokeAccess } from "../../dashboard/channel/accessActions.ts";
import { type Question, questionWords } from "../../dashboard/contract/questions.ts";
import { permissionSentence, roleWords } from "../../dashboard/contract/scopeWords.ts";
import { roles } from "../../protocol/access.ts";
import { editorUser } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { validate } from "../../protocol/validate.ts";
import type { ClientConnectionDeps } from "../clients/connectClient.ts";
import { clientWishSchema } from "../clients/clientWish.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { askForText, confirm, pick, tell, tellBriefly } from "../status/messages.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

type AccessCommand = Extract<CommandName, "showAccess" | "createToken" | "revokeAccess" | "connectClient">;

/** A role with `access:manage` is not on offer. */
const offeredRoles = [
  { label: l10n.t("CI"), role: "ci" },
  { label: l10n.t("Viewer"), role: "viewer" },
  { label: l10n.t("Operator"), role: "operator" },
] as const;

const expiries = [
  { label: l10n.t("1 hour"), hours: 1 },
  { label: l10n.t("1 day"), hours: 24 },
  { label: l10n.t("30 days"), hours: 30 * 24 },
  { label: l10n.t("1 year"), hours: 365 * 24 },
  { label: l10n.t("Never"), hours: undefined },
];

/** The commands for the programs that were let in. @param showAccess shows the page of the dashboard */
export function accessCommands(
  toggle: BridgeSwitch<Bridge>,
  showAccess: () => Promise<void>,
): Record<AccessCommand, CommandAction> {
  return {
    showAccess,
    createToken: () => createTokenStepwise(running(toggle)),
    revokeAccess: () => revokeByChoice(running(toggle)),
    connectClient: (argument) => connectClientOf(running(toggle), argument),
  };
}

/** Connects the client that the argument names, or has the user select one. @throws BridgeError VALIDATION_FAILED */
async function connectClientOf({ access, url, chatServer }: Bridge, argument: unknown): Promise<void> {
  const wish = argument === undefined ? undefined : validate(clientWishSchema, argument);
  if (wish !== undefined && !("use" in wish)) return await chatServer.renew();
  const { connectClient } = await import("../clients/connectClientLibrary.ts");
  const letIn: ClientConnectionDeps["letIn"] = async ({ name, scopes }) =>
    (await access.store.create({ name, scopes, kind: "client", by: editorUser })).token;
  await connectClient({ url, chatServer, letIn }, wish);
}

async function createTokenStepwise({ access }: Pick<Bridge, "access">): Promise<void> {
  const title = l10n.t("Create Token");
  const name = (
    await askForText({ title, prompt: l10n.t("A name for the program, such as CI of my project") })
  )?.trim();
  if (name === undefined || name === "") return;
  const items = offeredRoles.map((offer) => ({ ...offer, description: roleWords(offer.role) }));
  const role = (await pick(items, { title, placeHolder: l10n.t("Select what it may do"), ignoreFocusOut: true }))?.role;
  if (role === undefined) return;
  const scopes = [...roles[role]];
  const patterns = scopes.some((scope) => scope === "commands:run") ? await askForPatterns(title) : "";
  if (patterns === undefined) return;
  const expiry = await pick(expiries, { title, placeHolder: l10n.t("Select when it expires"), ignoreFocusOut: true });
  if (expiry === undefined) return;
  const allow = patterns.split(/[\s,]+/).filter((pattern) => pattern !== "");
  const { token } = await createToken(
    { access, caller: editorUser },
    {
      name,
      scopes,
      ...(allow.length > 0 && { commands: { allow } }),
      ...(expiry.hours !== undefined && { hours: expiry.hours }),
    },
  );
  await vscode.env.clipboard.writeText(token);
  void tell(
    "information",
    l10n.t("Kiro Bridge: The token of “{0}” was copied to the clipboard. It is not shown again.", name),
  );
}

function askForPatterns(title: string): Thenable<string | undefined> {
  const prompt = l10n.t("Commands that it may run, separated by commas, with *. Empty: all that your settings allow.");
  return askForText({ title, prompt, placeHolder: "test.*, workbench.action.files.save" });
}

async function revokeByChoice({ access }: Pick<Bridge, "access">): Promise<void> {
  const clients = access.store.list();
  if (clients.length === 0) throw new BridgeError("NOT_FOUND", "No program was let in.");
  const items = clients.map(({ id, name, kind, scopes, commands }) => ({
    id,
    label: name,
    description: kind,
    detail: permissionSentence(scopes, commands),
  }));
  const picked = await pick(items, {
    title: l10n.t("Revoke Access"),
    placeHolder: l10n.t("Select the program"),
    matchOnDetail: true,
  });
  if (picked === undefined) return;
  const asking = { confirm: (question: Question) => confirm(questionWords(question)) };
  const { isRevoked } = await revokeAccess({ access, caller: editorUser }, asking, picked.id);
  if (isRevoked) tellBriefly(l10n.t("Kiro Bridge: The access of “{0}” was revoked.", picked.label));
}
