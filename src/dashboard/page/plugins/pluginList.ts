import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { CircuitView, PluginView } from "../../contract/plugins.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { plural, withNodes } from "../l10n/language.ts";
import { ago, count, duration, percent } from "../look/format.ts";
import { icon, type IconName } from "../look/icons.ts";
import { windowMark } from "../windows/windowFilter.ts";

const LOOKS: Readonly<Record<PluginView["state"], readonly [icon: IconName, color: string]>> = {
  running: ["pass", "good"],
  starting: ["loading", "busy"],
  restarting: ["debug-restart", "warn"],
  failed: ["error", "bad"],
  unapproved: ["question", "warn"],
  denied: ["circle-slash", "dim"],
  manual: ["circle-large-outline", "dim"],
  stopped: ["circle-large-outline", "dim"],
};

/** The color for what is bad has too little contrast for text. */
const HEALTH = { healthy: "dim", degraded: "warn", down: "warn" } as const;

/** Returns the label of the button for a plugin that does not run; undefined for others. */
function startLabel(state: PluginView["state"]): string | undefined {
  switch (state) {
    case "unapproved":
    case "denied":
      return l10n.t("Approve…");
    case "failed":
      return l10n.t("Start Again");
    case "stopped":
      return l10n.t("Start");
    default:
      return undefined;
  }
}

export interface PluginListOptions {
  readonly plugins: readonly PluginView[];
  /** The windows other than the page's own, whose plugins are started there. */
  readonly labels: ReadonlyMap<string, WindowLabel>;
  readonly now: number;
  readonly onStart: (name: string) => unknown;
  readonly canStart: boolean;
}

/** Renders the plugins with their health. */
export function pluginList({ plugins, ...options }: PluginListOptions): TemplateResult {
  return html`<ul class="card" aria-label=${l10n.t("Plugins")}>
    ${repeat(
      plugins,
      ({ name }) => name,
      (plugin) => item(plugin, options),
    )}
  </ul>`;
}

function item(
  plugin: PluginView,
  { labels, now, onStart, canStart }: Omit<PluginListOptions, "plugins">,
): TemplateResult {
  const { name, version, state, detail, health, circuit, shared } = plugin;
  const window = labels.get(plugin.windowId);
  const start = canStart && window === undefined ? startLabel(state) : undefined;
  const [iconName, color] = LOOKS[state];
  const words = [stateWord(state), ...callWords(plugin), ...sharedWords(shared)];
  return html`<li class="row top">
    ${icon(iconName, color)}
    <div class="grow">
      <p class="cut" title=${name}>
        ${name} ${version === undefined ? nothing : html`<span class="dim small">${version}</span>`} ${windowMark(window)}
      </p>
      <p class="words dim small">${words.join(" · ")}</p>
      ${detail === undefined ? nothing : html`<p class="words small">${detail}</p>`}
      ${
        health === undefined
          ? nothing
          : html`<p class="small number">
              <span class=${HEALTH[health.status]}>${healthWord(health.status)}</span>
              <span class="dim">${l10n.t("{0}, {1} errors", duration(health.latencyMs), percent(health.errorRate))}</span>
            </p>`
      }
      ${circuit === undefined ? nothing : circuitLine(circuit, now)}
      ${start === undefined ? nothing : startButton(name, start, onStart)}
    </div>
  </li>`;
}

function startButton(name: string, label: string, onStart: (name: string) => unknown): TemplateResult {
  return html`<div class="buttons">
    <vscode-button secondary aria-label="${label}: ${name}" @click=${() => onStart(name)}>${label}</vscode-button>
  </div>`;
}

function circuitLine({ state, failures, since }: CircuitView, now: number): TemplateResult {
  const nodes = {
    state: html`<span class=${state === "closed" ? "dim" : "warn"}>${circuitWord(state)}</span>`,
    count: count(failures),
  };
  const text =
    state === "closed"
      ? l10n.t("Circuit breaker {state}")
      : plural(
          failures,
          l10n.t("Circuit breaker {state} after {count} failure"),
          l10n.t("Circuit breaker {state} after {count} failures"),
        );
  return html`<p class="small">
    ${withNodes(text, nodes)}<span class="dim">, ${ago(since, now)}</span>
  </p>`;
}

function callWords({ calls, origin }: PluginView): string[] {
  const words = origin === "connected" ? [l10n.t("connected without a manifest")] : [];
  if (calls === undefined || calls.total === 0) return words;
  const total = plural(calls.total, l10n.t("{0} call", count(calls.total)), l10n.t("{0} calls", count(calls.total)));
  return [...words, calls.failed === 0 ? total : l10n.t("{0}, {1} failed", total, count(calls.failed))];
}

function sharedWords(shared: PluginView["shared"]): string[] {
  const { registers = 0, counters = 0, sets = 0, exports = [] } = shared ?? {};
  const keys = registers + counters + sets;
  if (keys === 0 && exports.length === 0) return [];
  const words = plural(keys, l10n.t("{0} shared key", count(keys)), l10n.t("{0} shared keys", count(keys)));
  return [exports.length === 0 ? words : l10n.t("{0}, exports {1}", words, exports.join(", "))];
}

function stateWord(state: PluginView["state"]): string {
  switch (state) {
    case "running":
      return l10n.t("running");
    case "starting":
      return l10n.t("starting");
    case "restarting":
      return l10n.t("restarting");
    case "failed":
      return l10n.t("stopped after it crashed too often");
    case "unapproved":
      return l10n.t("waits for your approval");
    case "denied":
      return l10n.t("not allowed to start");
    case "manual":
      return l10n.t("not connected");
    case "stopped":
      return l10n.t("stopped");
  }
}

function healthWord(status: NonNullable<PluginView["health"]>["status"]): string {
  switch (status) {
    case "healthy":
      return l10n.t("healthy");
    case "degraded":
      return l10n.t("degraded");
    case "down":
      return l10n.t("down");
  }
}

function circuitWord(state: CircuitView["state"]): string {
  switch (state) {
    case "closed":
      return l10n.t("closed");
    case "open":
      return l10n.t({ message: "open", comment: "The state of a circuit breaker" });
    case "half_open":
      return l10n.t("half open");
  }
}
