import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { DashboardState } from "../contract/dashboard.ts";
import type { BridgeSwitch, RunningBridge } from "../../host/lifecycle/bridgeSwitch.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";

/** Changes of the state are gathered, in milliseconds. */
const GATHER_MS = 50;

export interface BridgeSourceOptions<B extends RunningBridge> {
  readonly toggle: Pick<BridgeSwitch<B>, "state" | "onDidChangeState">;
  readonly partsOf: (bridge: B) => DashboardDeps;
  readonly isTrusted: () => boolean;
  readonly version: string;
}

/** The bridge of this window as dashboards see it: off, on, and on again as another one. */
export class BridgeSource<B extends RunningBridge = RunningBridge> implements Disposable {
  readonly #store = new DisposableStore();
  readonly #options: BridgeSourceOptions<B>;
  readonly #changed = this.#store.add(new Emitter<DashboardState>());
  readonly onDidChange = this.#changed.event;
  #parts: DashboardDeps | undefined;
  #bridge: B | undefined;
  #following = new DisposableStore();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BridgeSourceOptions<B>) {
    this.#options = options;
    this.#store.defer(() => this.#following.dispose());
    this.#store.defer(() => clearTimeout(this.#timer));
    this.#store.add(options.toggle.onDidChangeState(() => this.#follow()));
    this.#follow();
  }

  /** Undefined while the bridge is off. */
  get parts(): DashboardDeps | undefined {
    return this.#parts;
  }

  get state(): DashboardState {
    const { toggle, isTrusted, version } = this.#options;
    return {
      server: serverOf(toggle.state),
      isTrusted: isTrusted(),
      ...(this.#parts !== undefined && { epoch: this.#parts.epoch, cli: this.#parts.cli() }),
      version,
    };
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #follow(): void {
    const { toggle, partsOf } = this.#options;
    const { state } = toggle;
    const bridge = state.kind === "on" ? state.bridge : undefined;
    if (bridge !== this.#bridge) {
      this.#bridge = bridge;
      void this.#following.dispose();
      this.#following = new DisposableStore();
      this.#parts = bridge === undefined ? undefined : partsOf(bridge);
      if (this.#parts !== undefined) this.#listenTo(this.#parts);
    }
    this.#changed.fire(this.state);
  }

  #listenTo(parts: DashboardDeps): void {
    const tellSoon = (): void => void (this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS));
    this.#following.add(parts.onDidChangeCli(tellSoon));
    this.#following.add(parts.events.onDidAppend(({ type }) => type === "session-changed" && tellSoon()));
  }

  #tell(): void {
    this.#timer = undefined;
    this.#changed.fire(this.state);
  }
}

function serverOf(state: BridgeSwitch<RunningBridge>["state"]): DashboardState["server"] {
  switch (state.kind) {
    case "on": {
      const { url, note } = state.bridge;
      return { kind: "on", url, ...(note !== undefined && { note }) };
    }
    case "off":
      return { kind: "off", ...(state.why !== undefined && { reason: state.why.reason }) };
    case "problem":
      return { kind: "problem", reason: state.reason };
    default:
      return { kind: state.kind };
  }
}
