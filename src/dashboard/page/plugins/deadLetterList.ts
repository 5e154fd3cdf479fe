import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { DeadLetterView, PluginsView } from "../../contract/plugins.ts";
import { plural } from "../l10n/language.ts";
import { clock, count } from "../look/format.ts";
import { icon } from "../look/icons.ts";

export interface DeadLetterListOptions {
  readonly deadLetters: PluginsView["deadLetters"];
  readonly now: number;
  /** The IDs of those that cannot be acted on at present. */
  readonly busy: ReadonlySet<string>;
  readonly onAct: (method: "resendDeadLetter" | "removeDeadLetter", id: string) => unknown;
  readonly canAct: boolean;
}

/** Renders the messages that a plugin has not acknowledged in all their deliveries. */
export function deadLetterList(options: DeadLetterListOptions): TemplateResult | typeof nothing {
  const { letters, count: total } = options.deadLetters;
  if (letters.length === 0) return nothing;
  return html`<h3 id="letters">${l10n.t("Dead letters")}</h3>
    <ul class="card" aria-labelledby="letters">
      ${repeat(
        letters,
        ({ id }) => id,
        (letter) => item(letter, options),
      )}
    </ul>
    ${total > letters.length ? html`<p class="facts dim small">${l10n.t("The newest {0} of {1}.", letters.length, count(total))}</p>` : nothing}`;
}

function item(letter: DeadLetterView, { now, busy, onAct, canAct }: DeadLetterListOptions): TemplateResult {
  const { id, at, topic, source, consumer, deliveries, error } = letter;
  const name = l10n.t("{0} for {1}", topic, consumer);
  const isBusy = busy.has(id);
  return html`<li class="row top">
    ${icon("inbox", "warn")}
    <div class="grow">
      <p class="cut" title=${topic}>${topic}</p>
      <p class="words dim small">
        ${l10n.t("from {0} to {1}", source, consumer)} · ${deliveryWords(deliveries)} · ${clock(at, now)}
      </p>
      <p class="words small">${error}</p>
      ${
        canAct
          ? html`<div class="buttons">
              <vscode-button
                secondary
                ?disabled=${isBusy}
                aria-label="${l10n.t("Send Again")}: ${name}"
                @click=${() => onAct("resendDeadLetter", id)}
                >${l10n.t("Send Again")}</vscode-button
              >
              <vscode-button
                secondary
                ?disabled=${isBusy}
                aria-label="${l10n.t("Remove")}: ${name}"
                @click=${() => onAct("removeDeadLetter", id)}
                >${l10n.t("Remove")}</vscode-button
              >
            </div>`
          : nothing
      }
    </div>
  </li>`;
}

function deliveryWords(deliveries: number): string {
  return plural(deliveries, l10n.t("{0} delivery", count(deliveries)), l10n.t("{0} deliveries", count(deliveries)));
}
