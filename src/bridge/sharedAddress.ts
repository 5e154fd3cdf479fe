import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { WindowListing } from "../protocol/status.ts";
import { authorityOf } from "../server/listen/portProbe.ts";
import type { Address } from "../windows/address/addressPorts.ts";
import type { WindowAddress } from "../windows/address/windowAddress.ts";
import type { WindowGroup } from "../windows/group/windowGroup.ts";
import type { StreamLink } from "../windows/link/link.ts";
import type { BridgeAddress, BridgeRole } from "./bridgeAddress.ts";

export interface SharedAddressDeps {
  readonly address: Address<StreamLink> & Pick<WindowAddress<StreamLink>, "reclaim" | "canReclaim">;
  readonly group: Pick<WindowGroup<StreamLink>, "onDidChange" | "list" | "reclaim">;
}

export interface SharedAddressOptions {
  /** The host in the URL. */
  readonly host: string;
  readonly wantedPort: number;
}

/** The address that this window shares with others, in the terms of the editor. */
export class SharedAddress implements BridgeAddress, Disposable {
  readonly wantedPort: number;
  readonly #deps: SharedAddressDeps;
  readonly #host: string;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  /** The port of the latest role that had one. */
  #port: number;

  constructor(deps: SharedAddressDeps, { host, wantedPort }: SharedAddressOptions) {
    this.wantedPort = wantedPort;
    this.#deps = deps;
    this.#host = host;
    this.#port = wantedPort;
    this.#store.add(deps.address.onDidChangeRole(() => this.#follow()));
    this.#store.add(deps.group.onDidChange(() => this.#changed.fire()));
    this.#follow();
  }

  get url(): string {
    return `http://${authorityOf(this.#host, this.#port)}`;
  }

  get port(): number {
    return this.#port;
  }

  get role(): BridgeRole {
    const { kind } = this.#deps.address.role;
    return kind === "stopped" ? "seeking" : kind;
  }

  get note(): string | undefined {
    const { role } = this.#deps.address;
    if (role.kind === "alone") return role.reason;
    return role.kind === "owner" ? role.conflict?.owner : undefined;
  }

  get error(): Error | undefined {
    const { role } = this.#deps.address;
    return role.kind === "failed" ? role.error : undefined;
  }

  get canReclaim(): boolean {
    return this.#deps.address.canReclaim;
  }

  async reclaim(): Promise<boolean> {
    const { address, group } = this.#deps;
    if (address.role.kind !== "member") return await address.reclaim();
    group.reclaim();
    return true;
  }

  windows(): readonly WindowListing[] {
    return this.#deps.group.list();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #follow(): void {
    const { role } = this.#deps.address;
    if ("port" in role) this.#port = role.port;
    this.#changed.fire();
  }
}
