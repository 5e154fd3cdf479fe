import type { Disposable } from "../../base/disposables.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Link } from "../link/link.ts";
import type { AddressRecord, Binding, PortConflict, RegisteredAddress } from "./addressPorts.ts";
import type { AddressDeps, Claim, Elsewhere } from "./claim.ts";
import { discardBinding, Steps } from "./steps.ts";
import { BIND_MS, CHECK_MS, LEASE_MS, REGISTER_MS } from "./times.ts";

/** An owner that cannot use the register for this long in milliseconds gives up the address. */
const BROKEN_MS = 5_000;
/** Interval in milliseconds in which an owner elsewhere tries to move from a stopped window's port. */
const RETURN_MS = 1_000;
/** Interval in milliseconds in which a port of another program is looked at. */
const LOOK_MS = 5_000;
/** After a move, requests to the earlier port are answered for this long. */
const MOVE_GRACE_MS = 5_000;
const CONFIRM_MS = 3_000;
const MAX_ROUNDS = 8;

interface OwnershipOptions {
  /** The configured port. */
  readonly port: number;
  /** Another window is the owner. Nothing was answered since; the bindings are still there. */
  readonly onLost: () => void;
  /** The register cannot be used. */
  readonly onBroken: (reason: string) => void;
  /** The port or the conflict has changed. */
  readonly onDidChange: () => void;
}

/** The ports on which the owner listens. */
type Place =
  | { readonly kind: "settled"; readonly binding: Binding }
  /** It is not known yet if the register has the new port. */
  | { readonly kind: "moving"; readonly binding: Binding; readonly next: Binding }
  | { readonly kind: "moved"; readonly binding: Binding; readonly earlier: Binding; readonly grace: Disposable };

/**
 * The ownership of the address: a lease that each look at the register extends, and the port, which may move
 * (docs/decisions/one-address.md). The operations on the register are done one after the other.
 */
export class Ownership<L extends Link> {
  readonly #deps: AddressDeps<L>;
  readonly #options: OwnershipOptions;
  readonly #steps: Steps;
  readonly #queue = new SerialQueue();
  readonly #end = new AbortController();
  #record: AddressRecord;
  #version: number;
  #place: Place;
  #elsewhere: (Elsewhere & { canReclaim: boolean }) | undefined;
  #leaseEnd: number;
  #failingSince: number | undefined;
  #checking: Promise<void> | undefined;
  #moving: Promise<boolean> | undefined;
  #nextCheck: Disposable | undefined;
  #nextLook: Disposable | undefined;

  constructor(deps: AddressDeps<L>, claim: Claim, options: OwnershipOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#steps = new Steps(deps.clock, this.#end.signal);
    this.#record = claim.record;
    this.#version = claim.version;
    this.#place = { kind: "settled", binding: claim.binding };
    this.#elsewhere = claim.elsewhere && { ...claim.elsewhere, canReclaim: false };
    this.#leaseEnd = claim.claimedAt + LEASE_MS;
    this.#scheduleCheck();
    this.#scheduleLook();
  }

  get isServing(): boolean {
    return !this.#end.signal.aborted && this.#deps.clock.now() < this.#leaseEnd;
  }

  get port(): number {
    return this.#place.binding.port;
  }

  get binding(): Binding {
    return this.#place.binding;
  }

  get term(): number {
    return this.#record.term;
  }

  get conflict(): PortConflict | undefined {
    if (this.#elsewhere?.kind !== "stranger") return undefined;
    const { owner, canReclaim } = this.#elsewhere;
    return { port: this.#options.port, owner, canReclaim };
  }

  /** @returns false if this window is not certainly the owner now */
  async confirm(): Promise<boolean> {
    const until = this.#deps.clock.now() + CONFIRM_MS;
    const check = (): Promise<void> => this.#check();
    while (this.#deps.clock.now() < until && !this.#end.signal.aborted) {
      // A check that took longer than the lease proves nothing.
      await this.#steps.run("checking the ownership", CONFIRM_MS, check).catch(() => undefined);
      if (this.isServing) return true;
    }
    return false;
  }

  /** Moves to the configured port. @returns false if it is in use */
  move(): Promise<boolean> {
    this.#moving ??= this.#tryMove().finally(() => (this.#moving = undefined));
    return this.#moving;
  }

  /** Ends the ownership at once, without a word to the register. @returns what this window still listens on */
  end(): Binding[] {
    this.#end.abort(new Error("the ownership has ended"));
    void this.#nextCheck?.dispose();
    void this.#nextLook?.dispose();
    switch (this.#place.kind) {
      case "settled":
        return [this.#place.binding];
      case "moving":
        return [this.#place.binding, this.#place.next];
      case "moved":
        void this.#place.grace.dispose();
        return [this.#place.binding, this.#place.earlier];
    }
  }

  /** Lets other windows know after the end that nobody owns the address. */
  async writeEnd(): Promise<void> {
    const { register } = this.#deps;
    const record: AddressRecord = { ...this.#record, owner: undefined };
    if (await register.compareAndSet(this.#registered, record)) return;
    const latest = await register.read();
    if (this.#isOwn(latest.record)) await register.compareAndSet(latest, record);
  }

  #scheduleCheck(): void {
    this.#nextCheck = this.#deps.clock.after(CHECK_MS, () => {
      void this.#check().then(() => {
        if (!this.#end.signal.aborted) this.#scheduleCheck();
      });
    });
  }

  #check(): Promise<void> {
    this.#checking ??= this.#tryCheck().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  /** Extends the lease, if the register still has this owner. */
  async #tryCheck(): Promise<void> {
    const { clock, logger } = this.#deps;
    try {
      await this.#queue.run(() => this.#look());
      this.#failingSince = undefined;
    } catch (error) {
      if (this.#end.signal.aborted) return;
      if (this.#failingSince === undefined) {
        logger.warn("the owner cannot use the register of the address", { error: messageOf(error) });
      }
      this.#failingSince ??= clock.now();
      if (clock.now() - this.#failingSince > BROKEN_MS) this.#options.onBroken(messageOf(error));
    }
  }

  async #look(): Promise<void> {
    const { register, clock } = this.#deps;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const startedAt = clock.now();
      // The version alone is not sufficient: if the folder was removed, it may be that of another record.
      const registered = await this.#steps.run("reading the register", REGISTER_MS, () => register.read());
      if (await this.#adopt(registered, startedAt)) return;
    }
  }

  /** Handles a version that another window has written, or this one. @returns false if it must be read again */
  async #adopt(registered: RegisteredAddress, readAt: number): Promise<boolean> {
    const { version, record } = registered;
    const isOwn = this.#isOwn(record);
    // If the folder was removed, the first window that writes to it is the owner.
    if (!isOwn && version > 0) {
      this.#options.onLost();
      return true;
    }
    if (isOwn && this.#place.kind === "moving" && record.port === this.#place.next.port) this.#settle(this.#place);
    const isAsWritten = isOwn && record.challenger === undefined && record.port === this.port;
    if (isAsWritten && this.#place.kind !== "moving") {
      this.#version = version;
      this.#record = record;
      this.#extend(readAt);
      return true;
    }
    return await this.#write(registered, this.port);
  }

  get #registered(): RegisteredAddress {
    return { version: this.#version, record: this.#record };
  }

  #isOwn(record: AddressRecord | undefined): record is AddressRecord {
    return record?.owner?.windowId === this.#deps.self.windowId && record.term === this.#record.term;
  }

  /** Writes the record of this owner again. @returns false if another window was faster */
  async #write(latest: RegisteredAddress, port: number): Promise<boolean> {
    const { register, clock, unique } = this.#deps;
    const stranger = port === this.#options.port ? undefined : this.#record.stranger;
    const record: AddressRecord = { ...this.#record, port, stranger, renewal: unique(), challenger: undefined };
    const startedAt = clock.now();
    const written = await this.#steps.run("writing the register", REGISTER_MS, () =>
      register.compareAndSet(latest, record),
    );
    if (written === undefined) return false;
    this.#version = written.version;
    this.#record = record;
    // The register does not have the new port, and will not: an operation that is still running comes too late.
    if (this.#place.kind === "moving" && port === this.port) {
      discardBinding(this.#place.next);
      this.#place = { kind: "settled", binding: this.#place.binding };
    }
    this.#extend(startedAt);
    return true;
  }

  #extend(startedAt: number): void {
    this.#leaseEnd = Math.max(this.#leaseEnd, startedAt + LEASE_MS);
  }

  async #tryMove(): Promise<boolean> {
    const { network, logger } = this.#deps;
    const { port } = this.#options;
    try {
      if (this.#place.kind === "moving") await this.#queue.run(() => this.#look());
      if (this.port === port) return true;
      const next = await this.#steps.run("listening", BIND_MS, () => network.bind(port), discardBinding);
      if (next === undefined) return false;
      return await this.#queue.run(() => this.#moveTo(next));
    } catch (error) {
      if (!this.#end.signal.aborted) logger.warn("the address cannot move", { error: messageOf(error) });
      return false;
    }
  }

  async #moveTo(next: Binding): Promise<boolean> {
    if (this.#end.signal.aborted) {
      discardBinding(next);
      return false;
    }
    // From here on, the record may name the new port at any time, even if writing it seems to fail.
    const moving = { kind: "moving", binding: this.#place.binding, next } as const;
    this.#place = moving;
    if (await this.#write(this.#registered, next.port)) this.#settle(moving);
    else await this.#look();
    return this.port === next.port;
  }

  /** Listens on the earlier port until clients have had the time to notice. */
  #settle({ binding: earlier, next }: { readonly binding: Binding; readonly next: Binding }): void {
    const grace = this.#deps.clock.after(MOVE_GRACE_MS, () => {
      void earlier.retire().catch(() => undefined);
      this.#place = { kind: "settled", binding: next };
    });
    this.#place = { kind: "moved", binding: next, earlier, grace };
    this.#elsewhere = undefined;
    void this.#nextLook?.dispose();
    this.#deps.logger.info("the address has moved", { from: earlier.port, to: next.port });
    this.#options.onDidChange();
  }

  #scheduleLook(): void {
    if (this.#elsewhere === undefined) return;
    const isStranger = this.#elsewhere.kind === "stranger";
    this.#nextLook = this.#deps.clock.after(isStranger ? LOOK_MS : RETURN_MS, () => {
      void (isStranger ? this.#lookAtConflict() : this.move()).then(() => {
        if (!this.#end.signal.aborted) this.#scheduleLook();
      });
    });
  }

  async #lookAtConflict(): Promise<void> {
    const { network } = this.#deps;
    const { port } = this.#options;
    const isFree = await this.#steps.run("looking at a port", BIND_MS, () => network.isFree(port)).catch(() => false);
    if (this.#end.signal.aborted || this.#elsewhere === undefined || this.#elsewhere.canReclaim === isFree) return;
    this.#elsewhere.canReclaim = isFree;
    this.#options.onDidChange();
  }
}
