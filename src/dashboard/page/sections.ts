import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { needsPerson } from "../../protocol/exports/needsPerson.ts";
import type { DashboardClient } from "../state/dashboardClient.ts";
import { otherLabels } from "../state/windowChoice.ts";
import { pairingCards } from "./access/pairingCard.ts";
import type { DashboardMethod } from "../contract/dashboard.ts";
import type { Act } from "./act.ts";
import { withheldWords } from "./browser/missingWords.ts";

/** Returns the section of a method, or the reason why the host does not offer it to this page. */
function sectionOf({ state }: DashboardClient, method: DashboardMethod, section: () => TemplateResult): TemplateResult {
  const why = withheldWords(state?.withheld?.[method]);
  return why === undefined ? section() : html`<p class="dim small">${why}</p>`;
}

interface SectionOptions {
  readonly act: Act;
  /** As in `Date.now()`. */
  readonly now: number;
}

/** Returns the numbers next to the tabs. */
export function tabCounts({ active, extras, clients: list, access: granted }: DashboardClient) {
  const deadLetters = extras.plugins?.deadLetters.count ?? 0;
  return {
    now: active.length,
    plugins: deadLetters,
    exports: extras.exports?.destinations.filter(needsPerson).length ?? 0,
    clients: list.length,
    access: granted?.requests.length ?? 0,
  };
}

export function charts({ metrics, state }: DashboardClient): TemplateResult {
  return html`<kiro-charts .metrics=${state?.server.kind === "on" ? metrics : undefined}></kiro-charts>`;
}

export function clients(client: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  const { clients: list, state } = client;
  const render = (): TemplateResult => html`<kiro-clients
    .clients=${list}
    .act=${act}
    .now=${now}
    ?isOn=${state?.server.kind === "on"}
  ></kiro-clients>`;
  return sectionOf(client, "clients", render);
}

export function conversations(
  client: DashboardClient,
  { now, onOpen }: { readonly now: number; readonly onOpen: (executionId: string) => void },
): TemplateResult {
  const { windowId, extras } = client;
  const { conversations: all = [] } = extras;
  return html`<kiro-conversations
    .conversations=${all.filter(({ windowId: id }) => windowId === undefined || id === windowId)}
    .labels=${otherLabels(client.state)}
    .now=${now}
    @open=${(event: CustomEvent<string>) => onOpen(event.detail)}
  ></kiro-conversations>`;
}

/** Renders the switch of the bridge and the state of Kiro CLI. */
export function header({ state }: DashboardClient, { act }: SectionOptions): TemplateResult {
  return html`<kiro-header .state=${state} .act=${act}></kiro-header>`;
}

export function models(client: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  return html`<kiro-models
    .view=${client.extras.models}
    .programs=${client.access?.clients ?? []}
    .labels=${otherLabels(client.state)}
    .act=${act}
    .now=${now}
    ?isOn=${client.state?.server.kind === "on"}
    @acted=${() => client.refresh()}
  ></kiro-models>`;
}

export function requests(client: DashboardClient, { act, now }: SectionOptions): TemplateResult | typeof nothing {
  return pairingCards(client.access, act, now);
}

export function access(client: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  const render = () => html`<kiro-access .access=${client.access} .act=${act} .now=${now}></kiro-access>`;
  return sectionOf(client, "access", render);
}

export function plugins(client: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  const render = (): TemplateResult => html`<kiro-plugins
    .view=${client.extras.plugins}
    .labels=${otherLabels(client.state)}
    .act=${act}
    .now=${now}
    @acted=${() => client.refresh()}
  ></kiro-plugins>`;
  return sectionOf(client, "plugins", render);
}

export function exports(client: DashboardClient, { act, now }: SectionOptions): TemplateResult {
  const render = (): TemplateResult => html`<kiro-exports
    .view=${client.extras.exports}
    .labels=${otherLabels(client.state)}
    .act=${act}
    .now=${now}
    ?isOn=${client.state?.server.kind === "on"}
    @acted=${() => client.refresh()}
  ></kiro-exports>`;
  return sectionOf(client, "exports", render);
}

/** Renders models, plugins and exports where all sections are visible: not their empty states, because most users have none. */
export function wideExtras(client: DashboardClient, options: SectionOptions): TemplateResult {
  const { bus, plugins: known = [] } = client.extras.plugins ?? {};
  const { windows = [], usage } = client.extras.models ?? {};
  const hasModels = [...windows, ...(usage ? [usage] : [])].some(({ engines }) => engines.length > 0);
  const shownModels = html`<h2>${l10n.t("Models")} <span class="dim small">${l10n.t("today")}</span></h2>
    ${models(client, options)}`;
  const shownPlugins = html`<h2>${l10n.t("Plugins")}</h2>
    ${plugins(client, options)}`;
  const { destinations = [], problems = [] } = client.extras.exports ?? {};
  const shownExports = html`<h2>${l10n.t("Exports")}</h2>
    ${exports(client, options)}`;
  return html`${hasModels ? shownModels : nothing}
  ${bus === undefined && known.length === 0 ? nothing : shownPlugins}
  ${destinations.length + problems.length === 0 ? nothing : shownExports}`;
}
