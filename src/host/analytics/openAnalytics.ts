import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeState, BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { type AnalyticsEvents, UseCounter } from "./analyticsEvents.ts";
import { analyticsId } from "./analyticsId.ts";
import { analyticsAddress } from "./analyticsAddress.ts";
import { PostHogSender } from "./postHogSender.ts";

export interface AnalyticsDeps {
  readonly toggle: Pick<BridgeSwitch<Bridge>, "state" | "onDidChangeState">;
  readonly context: Pick<vscode.ExtensionContext, "globalState" | "extension">;
  readonly logger: Logger;
}

/** The receiver of analytics, by the settings. */
export interface AnalyticsTarget {
  readonly url: string;
  readonly projectKey: string;
}

/** Analytics that are on. Disposing them sends what was collected. */
export interface OpenedAnalytics extends Disposable {
  /** Sends nothing more, not even when they are disposed: the user has switched them off. */
  abandon(): void;
}

/** Sends the events of analytics as long as the editor's own switch allows it. */
export function openAnalytics({ toggle, context, logger }: AnalyticsDeps, target: AnalyticsTarget): OpenedAnalytics {
  const store = new DisposableStore();
  const url = analyticsAddress(target.url);
  if (url === undefined) {
    logger.warn("Analytics are off: kiroBridge.analytics.url is no address with https");
    return { abandon: () => undefined, dispose: () => store.dispose() };
  }
  const distinctId = (): Promise<string> => analyticsId(context.globalState);
  const sender = store.add(new PostHogSender({ url, projectKey: target.projectKey, distinctId, logger }));
  const telemetry = store.add(
    vscode.env.createTelemetryLogger(
      {
        sendEventData: (name, data) => sender.add(name, data),
        // Nothing is reported as an error.
        sendErrorData: () => undefined,
        flush: () => sender.flush(),
      },
      { ignoreBuiltInCommonProperties: true, ignoreUnhandledErrors: true },
    ),
  );
  store.add(telemetry.onDidChangeEnableStates(() => void (telemetry.isUsageEnabled || sender.clear())));
  const log = <Name extends keyof AnalyticsEvents>(name: Name, data: AnalyticsEvents[Name]): void =>
    telemetry.logUsage(name, data);
  const version = String(context.extension.packageJSON.version);
  const uses = store.add(new BridgeUses(log, version));
  store.add(toggle.onDidChangeState((state) => uses.follow(state)));
  uses.follow(toggle.state);
  return { abandon: () => sender.abandon(), dispose: () => store.dispose() };
}

type Log = <Name extends keyof AnalyticsEvents>(name: Name, data: AnalyticsEvents[Name]) => void;

/** Turns the states of the bridge into events. */
class BridgeUses implements Disposable {
  readonly #log: Log;
  readonly #version: string;
  #use: { readonly counter: UseCounter; readonly since: number; readonly listening: Disposable } | undefined;

  constructor(log: Log, version: string) {
    this.#log = log;
    this.#version = version;
  }

  follow(state: BridgeState<Bridge>): void {
    if (state.kind === "on") this.#begin(state.bridge);
    else this.#end();
    if (state.kind === "problem") {
      this.#log("bridge-failed", { reason: state.takenPort === undefined ? "other" : "port-taken" });
    }
  }

  dispose(): void {
    this.#end();
  }

  #begin({ events }: Bridge): void {
    this.#end();
    const counter = new UseCounter();
    const listening = events.onDidAppend((event) => event.windowId === events.windowId && counter.add(event));
    this.#use = { counter, since: performance.now(), listening };
    this.#log("bridge-started", {
      version: this.#version,
      editor: vscode.version.split(".", 2).join("."),
      platform: process.platform,
      isRemote: vscode.env.remoteName !== undefined,
    });
  }

  #end(): void {
    if (this.#use === undefined) return;
    const { counter, since, listening } = this.#use;
    this.#use = undefined;
    void listening.dispose();
    this.#log("bridge-used", { ...counter.counts, minutes: Math.round((performance.now() - since) / 60_000) });
  }
}
