import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { startDeadline } from "../../base/deadline.ts";
import type { BridgeSwitch, RunningBridge } from "../../hosting/lifecycle/bridgeSwitch.ts";

/** Delay in milliseconds between two checks of a taken port; doubles up to the maximum. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 30_000;

export interface PortRetryDeps {
  readonly toggle: Pick<BridgeSwitch<RunningBridge>, "state" | "onDidChangeState" | "start">;
  readonly isPortFree: (port: number) => Promise<boolean>;
}

export interface PortRetryOptions {
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** Starts the bridge automatically when the taken port becomes free. */
export class PortRetry implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: PortRetryDeps;
  readonly #options: PortRetryOptions;
  #waiting: Disposable | undefined;
  #looks = 0;

  constructor(deps: PortRetryDeps, options: PortRetryOptions = { shortestMs: SHORTEST_MS, longestMs: LONGEST_MS }) {
    this.#deps = deps;
    this.#options = options;
    this.#store.add(deps.toggle.onDidChangeState(() => this.#follow()));
    this.#store.defer(() => this.#waiting?.dispose());
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #follow(): void {
    void this.#waiting?.dispose();
    const { state } = this.#deps.toggle;
    if (state.kind === "problem" && state.takenPort !== undefined) this.#lookLater(state.takenPort);
    // A start that fails again keeps its delay; other changes reset it.
    else if (state.kind !== "starting") this.#looks = 0;
  }

  #lookLater(port: number): void {
    const { shortestMs, longestMs } = this.#options;
    const delayMs = Math.min(longestMs, shortestMs * 2 ** this.#looks++);
    this.#waiting = startDeadline(delayMs, () => void this.#look(port));
  }

  async #look(port: number): Promise<void> {
    const { toggle, isPortFree } = this.#deps;
    const before = toggle.state;
    const isFree = await isPortFree(port);
    if (toggle.state !== before) return;
    if (isFree) await toggle.start();
    else this.#lookLater(port);
  }
}
