import { within } from "../base/deadline.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter, type Event } from "../base/events.ts";
import type { WindowListing } from "../protocol/status.ts";
import { authorityOf } from "../server/listen/portProbe.ts";
import type { AddressRole } from "../windows/address/addressPorts.ts";
import type { WindowGroup } from "../windows/group/windowGroup.ts";
import type { StreamLink } from "../windows/link/link.ts";
import type { BridgeAddress, BridgeRole } from "./bridgeAddress.ts";

type Role = AddressRole<StreamLink>;
type OwnerLink = BridgeAddress["ownerLink"];
type ShownRole =
  | Exclude<Role, { kind: "member" }>
  | { readonly kind: "member"; readonly port: number; readonly link?: OwnerLink };

/** Time in milliseconds in which the owner moves the address for a member. */
const RECLAIM_MS = 10_000;

export interface SharedAddressDeps {
  readonly address: {
    readonly role: ShownRole;
    readonly onDidChangeRole: Event<unknown>;
    readonly isServing: boolean;
    confirm(): Promise<boolean>;
    /** Moves the address, if this window is the owner. */
    reclaim(): Promise<boolean>;
  };
  readonly group: Pick<WindowGroup<StreamLink>, "onDidChange" | "list" | "conflict" | "accessRequests" | "reclaim">;
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
    return `http://${authorityOf(this.#host, this.port)}`;
  }

  /** Fits the role at any moment: other listeners may ask for it before this one has followed. */
  get port(): number {
    const { role } = this.#deps.address;
    return "port" in role ? role.port : this.#port;
  }

  get role(): BridgeRole {
    const { kind } = this.#deps.address.role;
    return kind === "stopped" ? "seeking" : kind;
  }

  get ownerLink(): OwnerLink {
    const { role } = this.#deps.address;
    return role.kind === "member" ? role.link : undefined;
  }

  get note(): string | undefined {
    const { role } = this.#deps.address;
    if (role.kind === "alone") return role.reason;
    const { conflict } = this.#deps.group;
    return conflict?.canReclaim === true ? undefined : conflict?.owner;
  }

  get error(): Error | undefined {
    const { role } = this.#deps.address;
    return role.kind === "failed" ? role.error : undefined;
  }

  get canReclaim(): boolean {
    return this.#deps.group.conflict?.canReclaim === true;
  }

  get accessRequests(): number {
    return this.#deps.group.accessRequests;
  }

  async reclaim(): Promise<boolean> {
    const { address, group } = this.#deps;
    if (address.role.kind !== "member") return await address.reclaim();
    const moved = Promise.withResolvers<boolean>();
    const watching = this.onDidChange(() => {
      if (this.#port === this.wantedPort) moved.resolve(true);
    });
    group.reclaim();
    const isMoved = await within(moved.promise, RECLAIM_MS, false);
    void watching.dispose();
    return isMoved;
  }

  async confirm(): Promise<boolean> {
    const { address } = this.#deps;
    return address.isServing || (await address.confirm());
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
