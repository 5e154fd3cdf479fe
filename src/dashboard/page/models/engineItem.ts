import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { EngineView, SessionUseView } from "../../state/engineViews.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, ifOffered } from "../act.ts";
import { adviceFor } from "../detail/advice.ts";
import { sessionWords } from "../cliPart.ts";
import { icon, type IconName } from "../look/icons.ts";
import { windowMark } from "../windows/windowFilter.ts";
import { limitMeter } from "./limitMeter.ts";
import { useTable } from "./useTable.ts";
import { usedWords } from "./usedWords.ts";

const LOOKS: Readonly<Record<EngineView["state"], readonly [icon: IconName, color: string]>> = {
  ready: ["pass", "good"],
  unknown: ["circle-large-outline", "dim"],
  unavailable: ["warning", "warn"],
  off: ["circle-slash", "dim"],
  removed: ["trash", "dim"],
};

export interface EngineItemOptions {
  /** The windows other than the page's own. */
  readonly labels: ReadonlyMap<string, WindowLabel>;
  readonly act: Act;
}

/** Renders an engine: its state with what to do about it, its use today, its limits, and who has used it. */
export function engineItem(engine: EngineView, { labels, act }: EngineItemOptions): TemplateResult {
  const { id, name, wire, state, sessions, today, limits } = engine;
  const [iconName, color] = LOOKS[state];
  const words = [
    stateWord(state),
    ...(wire === undefined ? [] : [wireName(wire)]),
    ...(sessions > 0 ? [sessionWords(sessions)] : []),
  ];
  return html`<li class="row top">
    ${icon(iconName, color)}
    <div class="grow">
      <p class="cut" title=${name}>${name} ${name === id ? nothing : html`<span class="dim small">${id}</span>`}</p>
      <p class="words dim small">${words.join(" · ")}</p>
      ${state === "unavailable" ? unavailable(engine, act) : nothing}
      ${
        state === "off"
          ? ifOffered(
              act,
              "manageTrust",
              button(l10n.t("Manage Workspace Trust"), name, () => act("manageTrust")),
            )
          : nothing
      }
      <p class="words small">
        <span class="dim">${l10n.t("Today:")}</span> ${today.steps === 0 ? l10n.t("nothing used") : usedWords(today).join(" · ")}
      </p>
      ${limits.map((limit) => limitMeter(limit, name))} ${breakdown(engine, labels)}
    </div>
  </li>`;
}

function unavailable({ id, name, cause, detail }: EngineView, act: Act): TemplateResult {
  const { text, button: help } = cause === undefined ? { text: "" } : adviceFor(undefined, cause);
  const isKeyWrong = cause === "engine-unauthorized" || cause === "engine-forbidden";
  return html`<p class="words small">${detail}</p>
    <p class="words dim small">${text}</p>
    ${
      isKeyWrong
        ? ifOffered(
            act,
            "setModelKey",
            button(l10n.t("Set Key…"), name, () => act("setModelKey", { id })),
          )
        : nothing
    }
    ${
      help === undefined
        ? nothing
        : ifOffered(
            act,
            help.method,
            button(help.label, name, () => act(help.method)),
          )
    }`;
}

function button(label: string, name: string, onClick: () => unknown): TemplateResult {
  return html`<div class="buttons">
    <vscode-button secondary aria-label="${label}: ${name}" @click=${onClick}><span>${label}</span></vscode-button>
  </div>`;
}

function breakdown(
  { name, clients, usedSessions }: EngineView,
  labels: EngineItemOptions["labels"],
): TemplateResult | typeof nothing {
  if (clients.length === 0 && usedSessions.length === 0) return nothing;
  const sessions = usedSessions.map((use) => ({
    ...use,
    name: sessionName(use),
    mark: windowMark(labels.get(use.windowId)),
  }));
  return html`<details>
    <summary class="small">${l10n.t("By client and session")}<span class="hidden">, ${name}</span></summary>
    ${useTable(l10n.t("By client"), clients)} ${useTable(l10n.t("By session"), sessions)}
  </details>`;
}

function sessionName({ name, id }: SessionUseView): string {
  return name === undefined ? id : `${name} (${id})`;
}

function stateWord(state: EngineView["state"]): string {
  switch (state) {
    case "ready":
      return l10n.t("ready");
    case "unknown":
      return l10n.t("not used yet");
    case "unavailable":
      return l10n.t("not available");
    case "off":
      return l10n.t("off, because the workspace is not trusted");
    case "removed":
      return l10n.t("no longer in the settings");
  }
}

function wireName(wire: NonNullable<EngineView["wire"]>): string {
  switch (wire) {
    case "openai-chat":
      return "OpenAI Chat Completions";
    case "openai-responses":
      return "OpenAI Responses";
    case "anthropic":
      return "Anthropic Messages";
    case "vscode-lm":
      return l10n.t("a model of this editor");
  }
}
