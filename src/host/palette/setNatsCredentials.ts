import * as l10n from "@vscode/l10n";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { hasNatsCredentials, storeNatsCredentials } from "../plugins/natsCredentials.ts";
import { askForText, pick, tellBriefly } from "../status/messages.ts";

const title = l10n.t("Set NATS Credentials");

/** The forms of `natsCredentialsSchema`, with the fields to ask for. */
const forms = [
  { label: l10n.t("User and password"), form: "user", fields: ["user", "password"] },
  { label: l10n.t("Token"), form: "token", fields: ["token"] },
  { label: l10n.t("NKey seed"), form: "nkey", fields: ["seed"] },
  { label: l10n.t("Credentials file…"), description: l10n.t("A .creds file"), form: "creds", fields: [] },
];
const prompts: Readonly<Record<string, string>> = {
  user: l10n.t("Enter the user"),
  password: l10n.t("Enter the password"),
  token: l10n.t("Enter the token"),
  seed: l10n.t("Enter the NKey"),
};
const removal = { label: l10n.t("Remove the stored credentials"), form: undefined, fields: [] };

/**
 * Asks for the credentials that the bridge shows to the servers of `bus.servers`, and stores them as a secret. The
 * connection checks their form, and its status has the reason if it is wrong.
 */
export async function setNatsCredentials(secrets: vscode.SecretStorage): Promise<void> {
  const items = (await hasNatsCredentials(secrets)) ? [...forms, removal] : forms;
  const picked = await pick(items, { title, placeHolder: l10n.t("Select how to connect to NATS servers") });
  if (picked === undefined) return;
  const { form, fields } = picked;
  const entered: Record<string, string> = {};
  for (const field of fields) {
    const text = await askForText({ title, prompt: prompts[field] ?? field, password: field !== "user" });
    if (text === undefined) return;
    entered[field] = field === "password" ? text : text.trim();
  }
  if (form === "creds") {
    const [file] = (await vscode.window.showOpenDialog({ title })) ?? [];
    if (file === undefined) return;
    entered["text"] = await readFile(file.fsPath, "utf8");
  }
  await storeNatsCredentials(secrets, form && JSON.stringify({ kind: form, ...entered }));
  tellBriefly(
    form === undefined
      ? l10n.t("Kiro Bridge: The NATS credentials were removed.")
      : l10n.t("Kiro Bridge: The NATS credentials were stored."),
  );
}
