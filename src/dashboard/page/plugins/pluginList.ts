import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { CircuitView, PluginView } from "../../contract/plugins.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { ago, count, duration, plural } from "../look/format.ts";
import { icon, type IconName } from "../look/icons.ts";
import { windowMark } from "../windows/windowFilter.ts";

const STATES: Readonly<Record<PluginView["state"], readonly [icon: IconName, color: string, word: string]>> = {
  running: ["pass", "good", "running"],
  starting: ["loading", "busy", "starting"],
  restarting: ["debug-restart", "warn", "restarting"],
  failed: ["error", "bad", "stopped after it crashed too often"],
  unapproved: ["question", "warn", "waits for your approval"],
  denied: ["circle-slash", "dim", "not allowed to start"],
  manual: ["circle-large-outline", "dim", "not connected"],
  stopped: ["circle-large-outline", "dim", "stopped"],
};

/** The color for what is bad has too little contrast for text. */
const HEALTH = { healthy: "dim", degraded: "warn", down: "warn" } as const;

/** The buttons for plugins that do not run. */
const STARTS: Readonly<Partial<Record<PluginView["state"], string>>> = {
  unapproved: "Approve…",
  denied: "Approve…",
  failed: "Start Again",
  stopped: "Start",
};

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
  return html`<ul class="card" aria-label="Plugins">
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
  const start = canStart && window === undefined ? STARTS[state] : undefined;
  const [iconName, color, word] = STATES[state];
  const words = [word, ...callWords(plugin), ...sharedWords(shared)];
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
              <span class=${HEALTH[health.status]}>${health.status}</span>
              <span class="dim">${duration(health.latencyMs)}, ${percent(health.errorRate)} errors</span>
            </p>`
      }
      ${circuit === undefined ? nothing : circuitLine(circuit, now)}
      ${start === undefined ? nothing : startButton(name, start, onStart)}
    </div>
  </li>`;
}

function startButton(name: string, label: string, onStart: (name: string) => unknown): TemplateResult {
  return html`<div class="buttons">
    <vscode-button secondary aria-label="${label} ${name}" @click=${() => onStart(name)}>${label}</vscode-button>
  </div>`;
}

function circuitLine({ state, failures, since }: CircuitView, now: number): TemplateResult {
  const word = { closed: "closed", open: "open", half_open: "half open" }[state];
  const color = state === "closed" ? "dim" : "warn";
  const cause = state === "closed" ? "" : ` after ${plural(failures, "failure")}`;
  return html`<p class="small">
    Circuit breaker <span class=${color}>${word}</span><span class="dim">${cause}, ${ago(since, now)}</span>
  </p>`;
}

function callWords({ calls, origin }: PluginView): string[] {
  const words = origin === "connected" ? ["connected without a manifest"] : [];
  if (calls === undefined || calls.total === 0) return words;
  const failed = calls.failed === 0 ? "" : `, ${count(calls.failed)} failed`;
  return [...words, `${plural(calls.total, "call")}${failed}`];
}

function sharedWords(shared: PluginView["shared"]): string[] {
  const { registers = 0, counters = 0, sets = 0, exports = [] } = shared ?? {};
  const keys = registers + counters + sets;
  if (keys === 0 && exports.length === 0) return [];
  const words = plural(keys, "shared key");
  return [exports.length === 0 ? words : `${words}, exports ${exports.join(", ")}`];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
