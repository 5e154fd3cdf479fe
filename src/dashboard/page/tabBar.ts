import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { TABS, type Tab } from "./savedPage.ts";

function nameOf(tab: Tab): string {
  switch (tab) {
    case "now":
      return l10n.t("Now");
    case "history":
      return l10n.t("History");
    case "activity":
      return l10n.t("Activity");
    case "models":
      return l10n.t("Models");
    case "plugins":
      return l10n.t("Plugins");
    case "exports":
      return l10n.t("Exports");
    case "clients":
      return l10n.t("Clients");
    case "access":
      return l10n.t("Access");
  }
}

export interface TabBarOptions {
  readonly selected: Tab;
  readonly counts: Readonly<Partial<Record<Tab, number>>>;
  readonly onSelect: (tab: Tab) => void;
}

/** Renders tabs following the ARIA pattern: a single Tab stop, with arrow keys inside. */
export function tabBar({ selected, counts, onSelect }: TabBarOptions): TemplateResult {
  return html`<div class="tabs" role="tablist" aria-label=${l10n.t("Dashboard")} @keydown=${(event: KeyboardEvent) => onKey(event, selected, onSelect)}>
    ${TABS.map(
      (tab) => html`<button
        class="tab"
        type="button"
        role="tab"
        id="tab-${tab}"
        aria-controls="panel"
        aria-selected=${tab === selected}
        tabindex=${tab === selected ? 0 : -1}
        @click=${() => onSelect(tab)}
      >${nameOf(tab)}${badge(counts[tab] ?? 0)}</button>`,
    )}
  </div>`;
}

function badge(count: number): TemplateResult | typeof nothing {
  return count === 0 ? nothing : html`<vscode-badge variant="counter">${count}</vscode-badge>`;
}

function onKey(event: KeyboardEvent, selected: Tab, onSelect: (tab: Tab) => void): void {
  const at = TABS.indexOf(selected);
  const places: Readonly<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: TABS.length - 1,
  };
  const next = TABS[((places[event.key] ?? Number.NaN) + TABS.length) % TABS.length];
  if (next === undefined) return;
  event.preventDefault();
  onSelect(next);
  if (!(event.currentTarget instanceof HTMLElement)) return;
  event.currentTarget.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
}
