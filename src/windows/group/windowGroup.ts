import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { UsedKey } from "../../core/commands/idempotencyKeys.ts";
import type { WindowListing } from "../../protocol/status.ts";
import type { Ownership } from "../../server/listen/ownership.ts";
import {
  type Destination,
  here,
  type OtherWindow,
  type Place,
  type PlaceKey,
  type Windows,
} from "../../server/windows/windows.ts";
import type { AddressRole, PortConflict } from "../address/addressPorts.ts";
import type { Link } from "../link/link.ts";
import type { GroupDeps } from "./groupPorts.ts";
import { keyHash } from "./keyTable.ts";
import { MemberSide } from "./memberSide.ts";
import { OwnedGroup } from "./ownedGroup.ts";

/** Maximum number of keys that a new owner gets from a member. */
const MAX_RECENT_KEYS = 1000;

type Part<L extends Link> =
  | { readonly kind: "owner"; readonly group: OwnedGroup<L>; readonly term: number }
  | { readonly kind: "member"; readonly side: MemberSide; readonly link: L; readonly port: number }
  /** It has no address, or one of its own. */
  | { readonly kind: "single" };

/**
 * All windows at the address, as this one takes part: as the owner it knows the others and selects the window of each
 * request, as a member it sends its state and its events to the owner (docs/decisions/one-address.md).
 */
export class WindowGroup<L extends Link> implements Windows, Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: GroupDeps<L>;
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #reclaims = this.#store.add(new Emitter<void>());
  /** Fires at the owner when the user of a member asks to move the address to the configured port. */
  readonly onDidRequestReclaim = this.#reclaims.event;
  /** Decides when the server of this window may respond. */
  readonly ownership: Ownership;
  /** Executions by the hash of their key, oldest first. */
  readonly #recentKeys = new Map<string, string>();
  /** The windows at the address, as its last owner has sent them. */
  #lastWindows: readonly WindowListing[] = [];
  #hasBeenMember = false;
  #hasLeft = false;
  #part: Part<L> = { kind: "single" };

  constructor(deps: GroupDeps<L>) {
    this.#deps = deps;
    const { address } = deps;
    this.ownership = {
      get isServing() {
        return address.isServing;
      },
      confirm: () => address.confirm(),
      whenReported: () => (this.#part.kind === "member" ? this.#part.side.whenReported() : undefined),
    };
    this.#store.add(deps.self.onDidUseKey((used) => this.#keyUsed(used)));
    this.#store.add(deps.address.onDidChangeRole((role) => this.#take(role)));
    this.#take(deps.address.role);
  }

  /** The base URL of the address; undefined while it is not known. */
  get url(): string | undefined {
    const part = this.#part;
    if (part.kind === "owner") return part.group.url;
    if (part.kind === "member") return part.side.view?.url ?? this.#deps.urlOf(part.port);
    const { role } = this.#deps.address;
    return role.kind === "alone" ? this.#deps.urlOf(role.port) : undefined;
  }

  /** The configured port if the address is at another one, as its owner reports it. */
  get conflict(): PortConflict | undefined {
    if (this.#part.kind === "member") return this.#part.side.view?.conflict;
    const { role } = this.#deps.address;
    return role.kind === "owner" ? role.conflict : undefined;
  }

  /** The number of programs that ask the owner for access, if that is another window. */
  get accessRequests(): number {
    return this.#part.kind === "member" ? (this.#part.side.view?.accessRequests ?? 0) : 0;
  }

  /** Empty unless this window owns the address. */
  get others(): readonly OtherWindow[] {
    return this.#part.kind === "owner" ? this.#part.group.others : [];
  }

  list(): readonly WindowListing[] {
    const part = this.#part;
    if (part.kind === "owner") return part.group.list();
    if (part.kind === "member" && part.side.view !== undefined) return part.side.view.windows;
    const { self, address } = this.#deps;
    const { status: state, queue, cli } = self.status();
    return [{ ...self.describe(), focused: true, owner: address.role.kind === "alone", state, queue, cli }];
  }

  /** Selects this window unless it owns the address: a member forwards nothing. */
  destinationOf(place: Place, key?: PlaceKey): Destination | Promise<Destination> {
    return this.#part.kind === "owner" ? this.#part.group.destinationOf(place, key) : here;
  }

  ofExecution(executionId: string): OtherWindow | undefined {
    return this.#part.kind === "owner" ? this.#part.group.ofExecution(executionId) : undefined;
  }

  /** Uses the link of a member that has called this window. */
  accept(link: L): void {
    if (this.#part.kind === "owner") this.#part.group.accept(link);
    else link.end("closed", "this window does not own the address");
  }

  /** Asks the owner to move the address to the configured port, if this window is a member. */
  reclaim(): void {
    if (this.#part.kind === "member") this.#part.side.reclaim();
  }

  /** Reports that this window stops: its work has ended. Call it before the address is released. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    if (this.#part.kind === "member") this.#part.side.leave();
    if (this.#part.kind === "owner") await this.#part.group.leave();
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
    this.#release();
  }

  #take(role: AddressRole<L>): void {
    const part = this.#part;
    if (role.kind === "owner") this.#own(role.port, role.term);
    else if (role.kind === "member" && part.kind === "member" && part.link === role.link) {
      // The address has moved, and its links stay.
      this.#part = { ...part, port: role.port };
    } else {
      this.#release();
      if (role.kind === "member") this.#join(role.link, role.port);
    }
    this.#changed.fire();
  }

  #own(port: number, term: number): void {
    const { ledger, self, urlOf } = this.#deps;
    const url = urlOf(port);
    if (this.#part.kind === "owner" && this.#part.term === term) return this.#part.group.movedTo(url);
    this.#release();
    ledger.begin(term);
    if (this.#hasBeenMember) self.events.beginEpoch();
    const group = new OwnedGroup(this.#deps, { url, expected: this.#lastWindows });
    group.onDidChange(() => this.#changed.fire());
    group.onDidRequestReclaim(() => this.#reclaims.fire());
    this.#part = { kind: "owner", group, term };
  }

  #join(link: L, port: number): void {
    const { self, clock } = this.#deps;
    const side = new MemberSide({ link, self, clock });
    this.#hasBeenMember = true;
    this.#part = { kind: "member", side, link, port };
    for (const [key, executionId] of this.#recentKeys) side.reportKey(key, executionId);
    if (this.#hasLeft) side.leave();
    side.onDidChange(() => {
      this.#lastWindows = side.remaining(side.view?.windows ?? this.#lastWindows);
      this.#changed.fire();
    });
  }

  #release(): void {
    const part = this.#part;
    this.#part = { kind: "single" };
    if (part.kind === "owner") void part.group.dispose();
    if (part.kind === "member") void part.side.dispose();
  }

  #keyUsed({ executionId, ...used }: UsedKey): void {
    const key = keyHash(used);
    const part = this.#part;
    this.#recentKeys.delete(key);
    this.#recentKeys.set(key, executionId);
    const [oldest] = this.#recentKeys.keys();
    if (this.#recentKeys.size > MAX_RECENT_KEYS && oldest !== undefined) this.#recentKeys.delete(oldest);
    if (part.kind === "member") part.side.reportKey(key, executionId);
    if (part.kind === "owner") void this.#deps.ledger.note(key, this.#deps.self.describe().id, executionId);
  }
}
