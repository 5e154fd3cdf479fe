import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { DashboardState } from "../../contract/dashboard.ts";
import { ALL, OWN, otherLabels, type WindowChoice, type WindowLabel } from "../../state/windowChoice.ts";
import { icon } from "../look/icons.ts";

export interface WindowFilterOptions {
  readonly state: DashboardState | undefined;
  /** The present choice. */
  readonly choice: WindowChoice;
  readonly onChoose: (choice: WindowChoice) => void;
}

/** Renders the filter by window, unless there is only one. */
export function windowFilter({ state, choice, onChoose }: WindowFilterOptions): TemplateResult | typeof nothing {
  if (state === undefined || state.windows.length < 2) return nothing;
  const others = [...otherLabels(state)].map(([id, label]) => ({ id, text: labelText(label) }));
  const options = [{ id: ALL, text: l10n.t("All windows") }, { id: OWN, text: l10n.t("This window") }, ...others];
  const known = options.some(({ id }) => id === choice) ? choice : ALL;
  const onChange = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement) onChoose(event.target.value);
  };
  return html`<div class="row windows">
    ${icon("multiple-windows", "dim")}
    <select aria-label=${l10n.t("Show runs of")} .value=${known} @change=${onChange}>
      ${options.map(({ id, text }) => html`<option value=${id} ?selected=${id === known}>${text}</option>`)}
    </select>
  </div>`;
}

/** Renders the name of another window in a list; nothing for the page's own, and for one that has left. */
export function windowMark(label: WindowLabel | undefined): TemplateResult | typeof nothing {
  if (label === undefined) return nothing;
  return html`<span class=${label.isResponding ? "window" : "window warn"}>${labelText(label)}</span>`;
}

export function labelText({ name, isResponding }: WindowLabel): string {
  return isResponding ? name : l10n.t("{0}, not responding", name);
}
