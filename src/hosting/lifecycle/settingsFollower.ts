import { startDeadline } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { BridgeSwitch, RunningBridge } from "./bridgeSwitch.ts";

/** Debounce time in milliseconds: settings change with each keystroke. */
const SETTLE_MS = 500;

/** A bridge that follows the settings. */
export interface FollowingBridge extends RunningBridge {
  /** Applies settings that may change while it runs. */
  applySettings(): void;
  /** Returns true if settings have changed that need a restart. */
  isOutdated(): boolean;
  readonly executions: { readonly active: { readonly size: number }; readonly onDidChange: Event<unknown> };
  readonly status: { expectRestart(isPending: boolean): void };
}

export interface SettingsFollowerDeps {
  readonly toggle: Pick<BridgeSwitch<FollowingBridge>, "state" | "bridge" | "onDidChangeState" | "start" | "restart">;
  /** Fires when settings of this extension change. */
  readonly onDidChange: Event<void>;
  /** Called if the restart waits for running executions. */
  readonly onWaiting: () => void;
}

/**
 * Applies changed settings: access settings at once, others by a restart as soon as nothing is running. Changes during
 * a start are applied after it.
 */
export class SettingsFollower implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: SettingsFollowerDeps;
  readonly #settleMs: number;
  #settling: Disposable | undefined;
  #waiting: Disposable | undefined;

  constructor(deps: SettingsFollowerDeps, settleMs = SETTLE_MS) {
    this.#deps = deps;
    this.#settleMs = settleMs;
    this.#store.add(deps.onDidChange(() => this.#take()));
    this.#store.add(deps.toggle.onDidChangeState(({ kind }) => this.#follow(kind === "on")));
    this.#store.defer(() => this.#stopWaiting());
    this.#store.defer(() => this.#settling?.dispose());
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #follow(isOn: boolean): void {
    this.#stopWaiting();
    if (isOn) this.#take();
  }

  #take(): void {
    this.#deps.toggle.bridge?.applySettings();
    void this.#settling?.dispose();
    this.#settling = startDeadline(this.#settleMs, () => void this.#settle());
  }

  async #settle(): Promise<void> {
    const { toggle, onWaiting } = this.#deps;
    const { bridge, state } = toggle;
    // The new settings may fix the problem.
    if (state.kind === "problem") return toggle.start();
    if (bridge === undefined) return;
    const isOutdated = bridge.isOutdated();
    const isIdle = bridge.executions.active.size === 0;
    bridge.status.expectRestart(isOutdated);
    if (!isOutdated) this.#stopWaiting();
    else if (isIdle) return toggle.restart();
    else if (this.#waiting === undefined) {
      this.#waiting = bridge.executions.onDidChange(() => {
        if (bridge.executions.active.size === 0) void this.#settle();
      });
      onWaiting();
    }
  }

  #stopWaiting(): void {
    void this.#waiting?.dispose();
    this.#waiting = undefined;
  }
}
