import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import { RunOnce } from "../../base/runOnce.ts";
import type { DashboardState } from "../contract/dashboard.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";
import type { OwnerLink } from "../../server/windows/streamAgent.ts";

/** Collects changes of the state, in milliseconds. */
const COLLECT_MS = 50;

/** A bridge that is on. */
interface BridgeOn {
  readonly url: string;
  readonly note: string | undefined;
}

/** The state of the switch that starts and stops the bridge. */
type SwitchState<B> =
  | { readonly kind: "off"; readonly why?: { readonly reason: string } }
  | { readonly kind: "starting" | "stopping" }
  | { readonly kind: "on"; readonly bridge: B }
  | { readonly kind: "problem"; readonly reason: string };

/** The window that answers the dashboards of this one: itself, the owner of the address, or nobody while that is sought. */
export type Answering =
  | { readonly kind: "here" }
  | { readonly kind: "owner"; readonly link: OwnerLink }
  | { readonly kind: "nobody" };

/** The address of a bridge, as far as dashboards need it. */
export interface DashboardAddress {
  readonly role: "owner" | "member" | "alone" | "seeking" | "failed";
  /** The link to the owner while this window is a member: the same object until it has ended. */
  readonly ownerLink?: OwnerLink | undefined;
  /** Fires when the role or the link has changed. */
  readonly onDidChange: Event<unknown>;
}

const here: Answering = { kind: "here" };
const nobody: Answering = { kind: "nobody" };

export interface BridgeSourceDeps<B extends BridgeOn> {
  readonly toggle: { readonly state: SwitchState<B>; readonly onDidChangeState: Event<unknown> };
  readonly depsOf: (bridge: B) => DashboardDeps;
  /** Default: each bridge has an address of its own. */
  readonly addressOf?: (bridge: B) => DashboardAddress;
  readonly isTrusted: () => boolean;
  readonly version: string;
  /** Default: nothing is. */
  readonly withheld?: DashboardState["withheld"];
}

/** The bridge of this window as dashboards see it: off, on, or replaced by another one. */
export class BridgeSource<B extends BridgeOn = BridgeOn> implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: BridgeSourceDeps<B>;
  readonly #changed = this.#store.add(new Emitter<DashboardState>());
  readonly onDidChange = this.#changed.event;
  #parts: DashboardDeps | undefined;
  #bridge: B | undefined;
  #answering: Answering = here;
  #following = new DisposableStore();
  readonly #collected = this.#store.add(new RunOnce(() => this.#changed.fire(this.state), COLLECT_MS));

  constructor(deps: BridgeSourceDeps<B>) {
    this.#deps = deps;
    this.#store.defer(() => this.#following.dispose());
    this.#store.add(deps.toggle.onDidChangeState(() => this.#follow()));
    this.#follow();
  }

  /** Undefined while the bridge is off. */
  get parts(): DashboardDeps | undefined {
    return this.#parts;
  }

  /** The same object until it changes. */
  get answering(): Answering {
    return this.#answering;
  }

  get state(): DashboardState {
    const { toggle, isTrusted, version, withheld } = this.#deps;
    return {
      server: serverOf(toggle.state),
      isTrusted: isTrusted(),
      windows: [],
      ...(this.#parts !== undefined && stateOf(this.#parts)),
      version,
      ...(withheld !== undefined && { withheld }),
    };
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #follow(): void {
    const { toggle, depsOf, addressOf } = this.#deps;
    const { state } = toggle;
    const bridge = state.kind === "on" ? state.bridge : undefined;
    if (bridge !== this.#bridge) {
      this.#bridge = bridge;
      void this.#following.dispose();
      this.#following = new DisposableStore();
      this.#parts = bridge === undefined ? undefined : depsOf(bridge);
      this.#answering = here;
      if (this.#parts !== undefined) this.#listenTo(this.#parts);
      if (bridge !== undefined && addressOf !== undefined) this.#followAddress(addressOf(bridge));
    }
    this.#changed.fire(this.state);
  }

  #followAddress(address: DashboardAddress): void {
    this.#answering = answeringOf(address, here);
    this.#following.add(
      address.onDidChange(() => {
        const answering = answeringOf(address, this.#answering);
        const hasChanged = answering !== this.#answering;
        this.#answering = answering;
        if (hasChanged) this.#collected.now();
        else this.#collected.schedule();
      }),
    );
  }

  #listenTo(parts: DashboardDeps): void {
    const fireSoon = this.#collected.schedule;
    this.#following.add(parts.onDidChangeCli(fireSoon));
    this.#following.add(parts.onDidChangeWindows(fireSoon));
    this.#following.add(parts.events.onDidAppend(({ type }) => type === "session-changed" && fireSoon()));
  }
}

/** Returns the part of the state that a running bridge has. */
export function stateOf(parts: DashboardDeps): Pick<DashboardState, "epoch" | "ownWindowId" | "windows" | "cli"> {
  return { epoch: parts.epoch, ownWindowId: parts.windowId, windows: [...parts.windows()], cli: parts.cli() };
}

/** @param last is returned again if nothing has changed */
function answeringOf({ role, ownerLink }: DashboardAddress, last: Answering): Answering {
  if (role === "member" && ownerLink !== undefined)
    return last.kind === "owner" && last.link === ownerLink ? last : { kind: "owner", link: ownerLink };
  return role === "member" || role === "seeking" ? nobody : here;
}

function serverOf(state: SwitchState<BridgeOn>): DashboardState["server"] {
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
