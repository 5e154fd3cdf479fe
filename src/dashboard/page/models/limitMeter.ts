import * as l10n from "@vscode/l10n";
import { css, html, type TemplateResult } from "lit";
import type { LimitView } from "../../state/engineViews.ts";
import { styled } from "../look/styled.ts";
import { limitWords, percentOf } from "./usedWords.ts";

/** The percentage from which a limit is nearly reached. */
const NEARLY = 80;

export const meterStyles = css`
  .meter {
    height: 6px;
    margin: 4px 0;
    overflow: hidden;
    border: 1px solid var(--kiro-line);
    border-radius: 3px;
  }
  .meter > div {
    height: 100%;
    background: var(--kiro-busy);
  }
  .meter.high > div {
    background: var(--kiro-warn);
  }
`;

/** Renders how much of a daily limit is used: in words, and as a bar. @param name of the engine */
export function limitMeter(view: LimitView, name: string): TemplateResult {
  const { client } = view;
  const percent = percentOf(view);
  const words = l10n.t("{0} ({1} %)", limitWords(view), percent);
  const label = client === undefined ? l10n.t("Daily limit") : l10n.t("Daily limit of {0}", client);
  const isReached = percent === 100;
  return html`<p class="words small">
      <span class="dim">${label}:</span> ${words}${isReached ? html`, <span class="warn">${l10n.t("reached")}</span>` : ""}
    </p>
    <div
      class="meter ${percent >= NEARLY ? "high" : ""}"
      role="meter"
      aria-label="${label}, ${name}"
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${percent}
      aria-valuetext=${words}
    >
      <div ${styled({ width: `${percent}%` })}></div>
    </div>`;
}
