import { html, type nothing, type TemplateResult } from "lit";
import type { DashboardClient } from "../state/dashboardClient.ts";
import { pairingCards } from "./access/pairingCard.ts";
import type { Act } from "./act.ts";

interface SectionOptions {
  readonly act: Act;
  /** As in `Date.now()`. */
  readonly now: number;
}

export function charts({ metrics, state }: DashboardClient): TemplateResult {
  return html`<kiro-charts .metrics=${state?.server.kind === "on" ? metrics : undefined}></kiro-charts>`;
}

export function clients({ clients: list, state }: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  return html`<kiro-clients
    .clients=${list}
    .act=${act}
    .now=${now}
    ?isOn=${state?.server.kind === "on"}
  ></kiro-clients>`;
}

export function requests(client: DashboardClient, { act, now }: SectionOptions): TemplateResult | typeof nothing {
  return pairingCards(client.access, act, now);
}

export function access({ access: view }: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  return html`<kiro-access .access=${view} .act=${act} .now=${now}></kiro-access>`;
}
