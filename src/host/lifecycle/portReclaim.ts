import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import { isInFront } from "../address/windowInFront.ts";
import type { BridgeSwitch, RunningBridge } from "../../hosting/lifecycle/bridgeSwitch.ts";

/** A bridge whose address can move back to the configured port. */
export interface ReclaimingBridge extends RunningBridge {
  readonly address: Pick<BridgeAddress, "canReclaim" | "wantedPort" | "role" | "windows" | "onDidChange">;
  readonly window: { describe(): { readonly id: string } };
}

export interface PortReclaimDeps {
  readonly toggle: Pick<BridgeSwitch<ReclaimingBridge>, "bridge" | "onDidChangeState">;
  /** Enables the command. */
  readonly enable: (canReclaim: boolean) => void;
  /** Offers the command in a message. */
  readonly offer: (port: number) => void;
}

/** Offers to move the address when the configured port becomes free: once for each start of the bridge, in one of the windows. */
export class PortReclaim implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: PortReclaimDeps;
  #following: Disposable | undefined;
  #offeredBy: ReclaimingBridge | undefined;
  #canReclaim = false;

  constructor(deps: PortReclaimDeps) {
    this.#deps = deps;
    this.#store.add(deps.toggle.onDidChangeState(() => this.#follow()));
    this.#store.defer(() => this.#following?.dispose());
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #follow(): void {
    const { bridge } = this.#deps.toggle;
    void this.#following?.dispose();
    this.#following = bridge?.address.onDidChange(() => this.#look(bridge));
    this.#look(bridge);
  }

  #look(bridge: ReclaimingBridge | undefined): void {
    const canReclaim = bridge?.address.canReclaim === true;
    if (canReclaim === this.#canReclaim) return;
    this.#canReclaim = canReclaim;
    this.#deps.enable(canReclaim);
    if (
      !canReclaim ||
      bridge === undefined ||
      bridge === this.#offeredBy ||
      !isInFront(bridge.address, bridge.window.describe().id)
    )
      return;
    this.#offeredBy = bridge;
    this.#deps.offer(bridge.address.wantedPort);
  }
}
