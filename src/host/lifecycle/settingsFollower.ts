import { startDeadline } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { BridgeSwitch, RunningBridge } from "./bridgeSwitch.ts";

/** Settings come keystroke by keystroke, in milliseconds. */
const SETTLE_MS = 500;

/** What has to follow the settings. */
export interface FollowingBridge extends RunningBridge {
  /** Takes over what can change while it runs. */
  applySettings(): void;
  /** Whether others have changed, which take a restart. */
  isOutdated(): boolean;
  readonly executions: { readonly active: { readonly size: number }; readonly onDidChange: Event<unknown> };
  readonly status: { expectRestart(isPending: boolean): void };
}

export interface SettingsFollowerDeps {
  readonly toggle: Pick<BridgeSwitch<FollowingBridge>, "state" | "bridge" | "onDidChangeState" | "start" | "restart">;
  /** Settings of ours have changed. */
  readonly onDidChange: Event<void>;
  /** Called when the restart has to wait for what runs. */
  readonly onWaiting: () => void;
}

/**
 * Has changed settings take effect: who may do what at once, the others by a restart as soon as nothing runs. A change
 * while the bridge starts counts as one after it.
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
    // The new settings may be what it takes.
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
