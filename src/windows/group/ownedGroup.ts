import { within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { ProcessIdentity } from "../../core/processes.ts";
import type { WindowListing, WindowRecord } from "../../protocol/status.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import { causeOf, unavailable } from "../../protocol/unavailable.ts";
import { type Destination, here, type OtherWindow, type Place, type PlaceKey } from "../../server/windows/windows.ts";
import type { Link } from "../link/link.ts";
import { Coalesced } from "./coalesced.ts";
import { ExpectedWindows } from "./expectedWindows.ts";
import { ExecutionHomes } from "./executionHomes.ts";
import type { GroupDeps } from "./groupPorts.ts";
import type { KeyHolder } from "./keyTable.ts";
import { type OwnerSideDeps, OwnerSide, type SideChange } from "./ownerSide.ts";
import { pastWorkOf } from "./pastWork.ts";
import { WindowList } from "./windowList.ts";
import { notResponding, type TableWindow, WindowTable } from "./windowTable.ts";

/** Minimum time in milliseconds between two lists of windows that are sent to the members. */
const LIST_INTERVAL_MS = 100;
/** Maximum number of other windows, with those that do not respond. */
const MAX_WINDOWS = 128;

/** Deadline in milliseconds for recording that this window stops. */
const LEAVE_MS = 500;

/** A window of the group, this one included. */
interface GroupWindow extends TableWindow {
  readonly process: ProcessIdentity;
}

export interface OwnedGroupOptions {
  readonly url: string;
  /** Windows that the owner before this one had. They are expected to join. */
  readonly expected: readonly WindowRecord[];
}

/** All windows at the address, while this window owns it. */
export class OwnedGroup<L extends Link> implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: GroupDeps<L>;
  readonly #sideDeps: OwnerSideDeps<L>;
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #reclaims = this.#store.add(new Emitter<void>());
  /** Fires when the user of a member asks to move the address to the configured port. */
  readonly onDidRequestReclaim = this.#reclaims.event;
  /** In the order in which they joined. */
  readonly #sides = new Map<string, OwnerSide<L>>();
  readonly #homes = new ExecutionHomes();
  readonly #self: GroupWindow;
  readonly #table: WindowTable<GroupWindow>;
  readonly #list = new WindowList();
  readonly #listing: Coalesced;
  #url: string;
  #others: readonly OtherWindow[] = [];
  readonly #expected: ExpectedWindows;
  #process: ProcessIdentity;
  #isLeaving = false;
  /** True if this window has lost the address since, although it may have it again. */
  #isDisposed = false;

  constructor(deps: GroupDeps<L>, { url, expected }: OwnedGroupOptions) {
    const { self, clock, folders, now } = deps;
    this.#deps = deps;
    this.#url = url;
    this.#sideDeps = { ...deps, log: self.events, createOther: deps.createOther, isOwner: () => this.#isOwner() };
    this.#process = { pid: self.describe().pid };
    const identity = (): ProcessIdentity => this.#process;
    this.#self = {
      isResponding: true,
      status: () => self.status(),
      get process() {
        return identity();
      },
      get record() {
        return self.describe();
      },
    };
    void this.#identify();
    this.#table = new WindowTable({ windows: () => [this.#self, ...this.#sides.values()], folders, now });
    this.#listing = this.#store.add(new Coalesced(clock, LIST_INTERVAL_MS, () => this.#listChanged()));
    const others = expected.filter(({ id }) => id !== this.#self.record.id);
    const ids = others.map(({ id }) => id);
    this.#expected = this.#store.add(new ExpectedWindows(ids, clock));
    for (const record of others) this.#add(record);
    this.#store.add(self.onDidChangeWindow(() => this.#changedPart("window")));
    this.#store.add(self.onDidChangeStatus(() => this.#changedPart("status")));
    this.#store.add(self.onDidChangeCommands(() => this.#changedPart("commands")));
  }

  get url(): string {
    return this.#url;
  }

  /** The address has moved to another port. */
  movedTo(url: string): void {
    this.#url = url;
    this.#listing.request();
  }

  get others(): readonly OtherWindow[] {
    return this.#others;
  }

  list(): readonly WindowListing[] {
    const { self } = this.#deps;
    const { record } = this.#self;
    const own = { record, isResponding: true, status: () => self.status(), commands: () => self.commands() };
    return this.#list.describe([own, ...this.#sides.values()], this.#table.focused?.record.id);
  }

  /** Uses the link of a member, or ends it. */
  accept(link: L): void {
    const { id, pid } = link.peer;
    const known = this.#sides.get(id);
    if (this.#isLeaving) link.end("closed", "the owner of the address stops");
    else if (id === this.#self.record.id) link.end("protocol", "this is the ID of the owner");
    else if (known !== undefined && known.record.pid !== pid) link.end("protocol", "another window has this ID");
    else if (known === undefined && !this.#hasRoom()) link.end("protocol", "too many windows");
    else (known ?? this.#add(link.peer)).join(link);
  }

  /** See `Windows`. Waits only if there are other windows, or a key. */
  destinationOf(place: Place, key?: PlaceKey): Destination | Promise<Destination> {
    return key === undefined && this.#isAlone(place) ? here : this.#destinationSoon(place, key);
  }

  /** Waits for windows that are expected to join. */
  async #destinationSoon(place: Place, key: PlaceKey | undefined): Promise<Destination> {
    try {
      return await this.#destinationNow(place, key);
    } catch (error) {
      const joined = this.#expected.whenJoined;
      const isGone = isBridgeError(error) && causeOf(error) === "window-gone";
      if (joined === undefined || !isGone) throw error;
      await joined;
      if (this.#isDisposed) throw error;
      return await this.#destinationNow(place, key);
    }
  }

  async #destinationNow(place: Place, key: PlaceKey | undefined): Promise<Destination> {
    if (key === undefined) return this.#destination(await this.#select(place));
    const { ledger } = this.#deps;
    const known = await ledger.holderOf(key);
    if (known !== undefined) return await this.#destinationOfKey(known);
    const selected = await this.#select(place);
    const holder = await ledger.claim(key, selected.record.id, selected.process);
    if (holder.windowId !== selected.record.id) return await this.#destinationOfKey(holder);
    await this.#assertOwner();
    return this.#destination(selected);
  }

  ofExecution(executionId: string): OtherWindow | undefined {
    return this.#sides.get(this.#homes.windowOf(executionId) ?? "")?.other;
  }

  /** Accepts no further members, and reports that this window stops. */
  async leave(): Promise<void> {
    // The next owner waits for the windows of the last list.
    this.#sendList();
    this.#isLeaving = true;
    for (const side of this.#sides.values()) side.send({ type: "leaving" });
    await within(this.#deps.ledger.left(this.#self.record.id), LEAVE_MS, undefined);
  }

  /** Ends all links, because this window no longer owns the address. */
  dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const side of this.#sides.values()) side.dispose();
    this.#sides.clear();
    return this.#store.dispose();
  }

  #add(record: WindowRecord): OwnerSide<L> {
    const side = new OwnerSide(this.#sideDeps, record);
    this.#sides.set(record.id, side);
    side.onDidChange((change) => this.#sideChanged(side, change));
    this.#membersChanged();
    return side;
  }

  /** Forgets the oldest window without a link, if there are too many. */
  #hasRoom(): boolean {
    if (this.#sides.size < MAX_WINDOWS) return true;
    const absent = [...this.#sides.values()].find(({ isResponding }) => !isResponding);
    if (absent === undefined) return false;
    absent.dispose();
    this.#remove(absent.record.id);
    return true;
  }

  #remove(windowId: string): void {
    this.#sides.delete(windowId);
    this.#homes.forget(windowId);
    this.#membersChanged();
  }

  #sideChanged(side: OwnerSide<L>, change: SideChange): void {
    const { id } = side.record;
    if (side.isResponding || change.kind === "left") this.#expected.settle(id);
    if (change.kind === "changed") this.#changedPart(change.part);
    else if (change.kind === "execution") this.#homes.add(change.executionId, id);
    else if (change.kind === "left") {
      void this.#deps.ledger.left(id);
      this.#remove(id);
    } else if (change.message.type === "reclaim") this.#reclaims.fire();
    else void this.#deps.ledger.note(change.message.key, id, change.message.executionId);
  }

  #membersChanged(): void {
    this.#list.commandsChanged();
    this.#changedPart("window");
    this.#changedPart("state");
  }

  #changedPart(part: Extract<SideChange, { kind: "changed" }>["part"]): void {
    if (part === "window") this.#table.foldersChanged();
    if (part === "commands") this.#list.commandsChanged();
    if (part === "state") this.#others = [...this.#sides.values()].map(({ other }) => other);
    // Every command that starts or ends changes the status.
    if (part !== "status") this.#changed.fire();
    this.#listing.request();
  }

  #listChanged(): void {
    this.#sendList();
    this.#changed.fire();
  }

  #sendList(): void {
    if (this.#isLeaving || this.#sides.size === 0) return;
    const { role } = this.#deps.address;
    const conflict = role.kind === "owner" ? role.conflict : undefined;
    const accessRequests = this.#deps.self.accessRequests?.() ?? 0;
    const windows = [...this.list()];
    const message = {
      type: "windows",
      url: this.#url,
      windows,
      accessRequests,
      ...(conflict && { conflict }),
    } as const;
    for (const side of this.#sides.values()) {
      // It gets the list later.
      if (side.isBehind) this.#listing.request();
      else side.send(message);
    }
  }

  async #select(place: Place): Promise<GroupWindow> {
    return this.#isAlone(place) ? this.#self : await this.#table.select(place);
  }

  /** Returns true if there is no other window that a request can be for. The dispatcher checks its folder. */
  #isAlone({ windowId }: Place): boolean {
    return this.#sides.size === 0 && (windowId === undefined || windowId === this.#self.record.id);
  }

  #destination(selected: GroupWindow): Destination {
    if (selected === this.#self) return here;
    const side = this.#sides.get(selected.record.id);
    if (side?.isResponding !== true) throw notResponding(selected.record);
    return { kind: "window", window: side.other };
  }

  /** Returns the window that has a key already. */
  async #destinationOfKey(holder: KeyHolder): Promise<Destination> {
    await this.#assertOwner();
    const { windowId } = holder;
    const { ledger, processes, history, self } = this.#deps;
    if (windowId === this.#self.record.id) return here;
    const side = this.#sides.get(windowId);
    if (side?.isResponding === true) return { kind: "window", window: side.other };
    const process = side?.process ?? ledger.processOf(windowId);
    if (process === undefined || !(await processes.isLiving(process))) {
      return { kind: "past", execution: await pastWorkOf(holder, { history, log: self.events }) };
    }
    if (side !== undefined) throw notResponding(side.record);
    const message = "The window that received this Idempotency-Key does not respond now. Try again later.";
    throw unavailable("window-gone", message, { windowId });
  }

  /** The next owner has read the ledger without the last lines if it took over before they were written. */
  async #assertOwner(): Promise<void> {
    if ((await this.#isOwner()) && !this.#isDisposed) return;
    throw unavailable("window-gone", "Another window has taken over the address. Send the request again.");
  }

  async #isOwner(): Promise<boolean> {
    const { address } = this.#deps;
    return address.isServing || (await address.confirm());
  }

  async #identify(): Promise<void> {
    this.#process = (await this.#deps.processes.identify(this.#process.pid)) ?? this.#process;
  }
}
