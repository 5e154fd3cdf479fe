import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { DestinationRecord } from "../../../protocol/exports/destinations.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { plural } from "../l10n/language.ts";
import { ago, clock, count, duration } from "../look/format.ts";
import { icon, type IconName } from "../look/icons.ts";
import { windowMark } from "../windows/windowFilter.ts";

const LOOKS: Readonly<Record<DestinationRecord["state"], readonly [icon: IconName, color: string]>> = {
  ok: ["pass", "good"],
  idle: ["circle-large-outline", "dim"],
  retrying: ["debug-restart", "warn"],
  blocked: ["error", "bad"],
  paused: ["circle-slash", "warn"],
  off: ["circle-slash", "dim"],
};

export type DestinationAction = "testExport" | "replayExportLetters" | "removeExportLetters" | "setExportSecret";

export interface DestinationItemOptions {
  /** The windows other than the page's own. */
  readonly labels: ReadonlyMap<string, WindowLabel>;
  readonly now: number;
  readonly isBusy: boolean;
  readonly canSetSecret: boolean;
  /** The outcome of the last action, in words. */
  readonly said: string | undefined;
  /** The dead letters, if they are shown. */
  readonly letters: TemplateResult | typeof nothing;
  readonly onAct: (method: DestinationAction) => unknown;
  readonly onShowLetters: () => unknown;
}

/** Renders a destination: its health, what waits, its last error, and its dead letters. */
export function destinationItem(destination: DestinationRecord, options: DestinationItemOptions): TemplateResult {
  const { name, kind, state, windowId, since, lastError } = destination;
  const { labels, now, isBusy, canSetSecret, said, onAct } = options;
  const [iconName, color] = LOOKS[state];
  const window = labels.get(windowId);
  const full = window === undefined ? name : l10n.t("{0} of {1}", name, window.name);
  const sinceWords = since === undefined || state === "off" ? [] : [l10n.t("since {0}", clock(since, now))];
  return html`<li class="row top">
    ${icon(iconName, color)}
    <div class="grow">
      <p class="cut" title=${name}>${name} <span class="dim small">${kind}</span> ${windowMark(window)}</p>
      <p class="words dim small">${[stateWord(state), ...sinceWords, ...queueWords(destination)].join(" · ")}</p>
      ${successLine(destination, now)}
      ${lastError === undefined ? nothing : html`<p class="words small"><span class="dim">${clock(lastError.at, now)}:</span> ${lastError.message}</p>`}
      ${lossLine(destination)}
      ${said === undefined ? nothing : html`<p class="words small" role="status">${said}</p>`}
      ${
        state === "off"
          ? nothing
          : html`<div class="buttons">
              ${
                window === undefined && canSetSecret && needsSecret(destination)
                  ? button(l10n.t("Set Secret…"), full, isBusy, () => onAct("setExportSecret"))
                  : nothing
              }
              ${button(l10n.t("Send Test"), full, isBusy, () => onAct("testExport"))}
            </div>`
      }
      ${lettersPart(destination, full, options)}
    </div>
  </li>`;
}

function lettersPart({ deadLetters }: DestinationRecord, name: string, options: DestinationItemOptions) {
  if (deadLetters === 0) return nothing;
  const { isBusy, letters, onAct, onShowLetters } = options;
  return html`<details @toggle=${(event: Event) => isOpen(event) && onShowLetters()}>
    <summary class="small">${letterWords(deadLetters)}<span class="hidden">, ${name}</span></summary>
    ${letters}
    <div class="buttons">
      ${button(l10n.t("Send Again"), name, isBusy, () => onAct("replayExportLetters"))}
      ${button(l10n.t("Remove…"), name, isBusy, () => onAct("removeExportLetters"))}
    </div>
  </details>`;
}

/** Returns true if another secret may unblock a destination: it has none, or is rejected with the one that it has. */
function needsSecret({ state, lastError }: DestinationRecord): boolean {
  if (state !== "blocked" || lastError === undefined) return false;
  const { httpStatus, message } = lastError;
  return httpStatus === 401 || httpStatus === 403 || message.includes("'Kiro Bridge: Set Secret of a Destination…'");
}

function isOpen({ currentTarget }: Event): boolean {
  return currentTarget instanceof HTMLDetailsElement && currentTarget.open;
}

function button(label: string, name: string, isBusy: boolean, onClick: () => unknown): TemplateResult {
  return html`<vscode-button secondary ?disabled=${isBusy} aria-label="${label}: ${name}" @click=${onClick}
    >${label}</vscode-button
  >`;
}

function successLine({ lastSuccess, sent }: DestinationRecord, now: number): TemplateResult | typeof nothing {
  if (lastSuccess === undefined) return nothing;
  const { at, outcome, detail } = lastSuccess;
  const words = outcome === "stored" ? l10n.t("stored") : l10n.t("sent; it does not say whether it has stored them");
  const which = plural(
    sent,
    l10n.t("{0} event, the last one {1}:", count(sent), ago(at, now)),
    l10n.t("{0} events, the last one {1}:", count(sent), ago(at, now)),
  );
  return html`<p class="words small">
    <span class="dim">${which}</span> ${words}${detail === undefined ? "" : `. ${detail}`}
  </p>`;
}

/** Returns what is waiting, and when it is tried again. */
function queueWords({ waiting, nextAttemptAt, state }: DestinationRecord): string[] {
  const queue =
    waiting.events === 0
      ? []
      : [l10n.t("{0} waiting, the oldest for {1}", count(waiting.events), duration(waiting.oldestMs))];
  const isTold = nextAttemptAt !== undefined && (state === "retrying" || state === "blocked");
  return [...queue, ...(isTold ? [l10n.t("next attempt at {0}", clock(nextAttemptAt))] : [])];
}

function lossLine({ dropped, refused }: DestinationRecord): TemplateResult | typeof nothing {
  const words = [
    ...(dropped > 0 ? [l10n.t("{0} lost, because too many were waiting or the disk was full", count(dropped))] : []),
    ...(refused > 0 ? [l10n.t("{0} refused", count(refused))] : []),
  ];
  return words.length === 0 ? nothing : html`<p class="words small warn">${words.join(" · ")}</p>`;
}

function stateWord(state: DestinationRecord["state"]): string {
  switch (state) {
    case "ok":
      return l10n.t("works");
    case "idle":
      return l10n.t("nothing sent yet");
    case "retrying":
      return l10n.t("tries again");
    case "blocked":
      return l10n.t("needs you");
    case "paused":
      return l10n.t("paused: it asks for no more");
    case "off":
      return l10n.t("off by the settings");
  }
}

function letterWords(letters: number): string {
  return plural(letters, l10n.t("{0} dead letter", count(letters)), l10n.t("{0} dead letters", count(letters)));
}
