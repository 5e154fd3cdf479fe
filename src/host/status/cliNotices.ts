import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { offer } from "./messages.ts";

/** Buttons that help if the Kiro CLI cannot be used. @param reason the reason in `KIRO_UNAVAILABLE`, if any */
export function waysOutOf(reason: unknown): Readonly<Record<string, CommandName>> {
  const diagnosis = { "Diagnose Kiro CLI": "diagnoseCli", "Open Log": "openLog" } as const;
  return reason === "not_installed" ? { "Use the Simulator": "useSimulator", ...diagnosis } : diagnosis;
}

/**
 * Notifies the user if a prompt of a program fails because the Kiro CLI cannot be used: once per reason, with a button
 * that helps, and again only after the CLI has worked. Ends with the bridge.
 */
export function noticeCliTrouble({ events, agent }: Bridge): void {
  const told = new Set<string>();
  agent.onDidChangeStatus(({ state }) => {
    if (state === "ready") told.clear();
  });
  events.onDidAppend((event) => {
    if (event.type !== "command-error" || event.errorCode !== "KIRO_UNAVAILABLE") return;
    const { reason } = agent.cliStatus();
    if (reason === undefined || told.has(reason)) return;
    told.add(reason);
    void offer("warning", `Kiro Bridge: ${event.error}`, waysOutOf(reason));
  });
}
