import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import * as vscode from "vscode";
import * as z from "zod";
import type { Audit } from "../../access/audit/audit.ts";
import { auditFolder } from "../../access/audit/auditFolder.ts";
import { verificationText } from "../../access/audit/reading/auditText.ts";
import { exportAudit } from "../../access/audit/reading/exportAudit.ts";
import { verifyAudit } from "../../access/audit/reading/verifyAudit.ts";
import type { AuditVerification } from "../../protocol/audit/auditVerification.ts";
import { validate } from "../../protocol/validate.ts";
import { discoveryFolder } from "../../windows/bridgeEntry.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { showProgress, tell, tellBriefly } from "../status/messages.ts";
import type { CommandAction } from "./register.ts";

type AuditCommand = Extract<CommandName, "verifyAudit" | "exportAudit">;

const exportSchema = z.strictObject({ file: z.string().min(1) });

/** The audit log, of which only the part that is written needs a bridge that is on. */
type ReadableAudit = Pick<Audit, "verify" | "export">;

/** The commands for the audit log. Both work while the bridge is off. */
export function auditCommands(toggle: BridgeSwitch<Bridge>): Record<AuditCommand, CommandAction> {
  return {
    verifyAudit: () => verify(toggle.bridge?.audit ?? filesOnly()),
    exportAudit: (argument) => exportTo(toggle.bridge?.audit ?? filesOnly(), argument),
  };
}

function filesOnly(): ReadableAudit {
  const folder = auditFolder(discoveryFolder(process.env));
  return { verify: () => verifyAudit(folder), export: (path) => exportAudit(folder, path) };
}

async function verify(audit: ReadableAudit): Promise<AuditVerification> {
  const title = l10n.t("Verifying the audit log");
  const verification = await showProgress({ title, place: "statusBar" }, () => audit.verify());
  const kind = verification.state === "whole" ? "information" : "warning";
  void tell(kind, `Kiro Bridge: ${translate(verificationText(verification))}`);
  return verification;
}

/** @param argument `{file}`; asks the user if omitted @returns the path of the file */
async function exportTo(audit: ReadableAudit, argument: unknown): Promise<string | undefined> {
  const path = argument === undefined ? await askWhere() : validate(exportSchema, argument).file;
  if (path === undefined) return undefined;
  const title = l10n.t("Exporting the audit log");
  const verification = await showProgress({ title, place: "statusBar" }, () => audit.export(path));
  if (verification.state === "whole") tellBriefly(l10n.t("Kiro Bridge: Audit log exported."));
  else
    void tell("warning", `${l10n.t("Kiro Bridge: Audit log exported.")} ${translate(verificationText(verification))}`);
  return path;
}

async function askWhere(): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `kiro-bridge-audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
  const uri = await vscode.window.showSaveDialog({
    filters: { [l10n.t("JSON lines")]: ["jsonl"] },
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  return uri?.fsPath;
}
