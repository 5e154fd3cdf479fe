import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import * as vscode from "vscode";
import type { Diagnosis } from "../../agents/kiro/diagnosis.ts";
import type { Bridge } from "../compose.ts";
import { choose, showProgress } from "../status/messages.ts";

const CONSENT = l10n.t("Send Test Prompt");
const WITHOUT = l10n.t("Check Without Sending");

/** Diagnoses the Kiro CLI and opens the report as a file. @param argument `{maySendPrompt}`, to skip the question */
export async function diagnoseCli(bridge: Bridge, argument: unknown): Promise<Diagnosis | undefined> {
  const maySendPrompt = consentOf(argument) ?? (await askConsent());
  if (maySendPrompt === undefined) return undefined;
  const diagnosis = await showProgress({ title: "Kiro CLI", place: "message" }, (report, signal) =>
    bridge.diagnoseCli(maySendPrompt, (step) => report(translate(step)), signal),
  );
  const content = JSON.stringify(diagnosis, undefined, 2);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: "json" }));
  return diagnosis;
}

function consentOf(argument: unknown): boolean | undefined {
  if (typeof argument !== "object" || argument === null || !("maySendPrompt" in argument)) return undefined;
  return argument.maySendPrompt === true;
}

async function askConsent(): Promise<boolean | undefined> {
  const question = l10n.t("Send a test prompt over each transport and record the output?");
  const detail = l10n.t("Names, paths and keys are removed from the report. Review it before you share it.");
  const chosen = await choose(question, detail, CONSENT, WITHOUT);
  return chosen === undefined ? undefined : chosen === CONSENT;
}
