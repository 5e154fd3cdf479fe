import * as l10n from "@vscode/l10n";
import type { UnavailableCause } from "../../protocol/unavailable.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { translate } from "../language/translate.ts";
import { offer } from "./messages.ts";

type Buttons = Readonly<Record<string, CommandName>>;

const log = { [l10n.t("Open Log")]: "openLog" } as const;

/** Returns buttons that help after an error. @param cause of a `KIRO_UNAVAILABLE`; undefined for any other error */
export function waysOutOf(cause: UnavailableCause | undefined): Buttons {
  if (cause === "bridge-off") return { [l10n.t("Start the Bridge")]: "start", ...log };
  if (cause === "cli-missing")
    return { [l10n.t("Use the Simulator")]: "useSimulator", [l10n.t("Diagnose Kiro CLI")]: "diagnoseCli", ...log };
  return cause?.startsWith("cli-") === true ? { [l10n.t("Diagnose Kiro CLI")]: "diagnoseCli", ...log } : log;
}

/**
 * Notifies the user if a prompt of a program fails because the Kiro CLI cannot be used: once per cause, with a button
 * that helps, and again only after the CLI has worked. Ends with the bridge.
 */
export function noticeCliTrouble({ events, agent }: Bridge): void {
  const told = new Set<UnavailableCause>();
  agent.onDidChangeStatus(({ state }) => {
    if (state === "ready") told.clear();
  });
  events.own.onDidAppend((event) => {
    if (event.type !== "command-error" || event.cause === undefined) return;
    const { cause } = agent.cliStatus();
    if (event.cause !== cause || told.has(cause)) return;
    told.add(cause);
    void offer("warning", `Kiro Bridge: ${translate(event.error)}`, waysOutOf(cause));
  });
}
