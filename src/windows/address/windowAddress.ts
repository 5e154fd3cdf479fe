import { onAbort } from "../../base/abort.ts";
import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Link } from "../link/link.ts";
import type { Address, AddressRole, Binding } from "./addressPorts.ts";
import type { AddressDeps, AddressOptions, Claim, Sought } from "./claim.ts";
import { Membership } from "./membership.ts";
import { Ownership } from "./ownership.ts";
import { Seek } from "./seek.ts";
import { discardBinding, Steps } from "./steps.ts";
import { BIND_MS, REGISTER_MS } from "./times.ts";

/** Interval in milliseconds in which a window that is alone, or has failed, seeks the owner again. */
const SEEK_AGAIN_MS = 5_000;
/** A binding gives its requests 2 s to end. */
const RELEASE_MS = 4_000;

/** A link that ends sooner than this, in milliseconds, was of no use. After two of them, the next call waits a little. */
const SHORT_MS = 1_000;
const AFTER_SHORT_MS = 200;

type State<L extends Link> =
  | { readonly kind: "idle" }
  | { readonly kind: "seeking"; readonly cancel: AbortController }
  | { readonly kind: "owner"; readonly ownership: Ownership<L> }
  | { readonly kind: "member"; readonly membership: Membership<L> }
  /** `cancel` ends the next attempt to find an owner, which begins after some time. */
  | { readonly kind: "alone"; readonly binding: Binding; readonly reason: string; readonly cancel: AbortController }
  | { readonly kind: "failed"; readonly error: Error; readonly cancel: AbortController }
  | OwnPort
  | { readonly kind: "stopped" };

/** With port 0: the owner of an address that no other window knows. */
interface OwnPort {
  readonly kind: "own";
  readonly binding: Binding;
}

/**
 * One window's part in the address of all windows (docs/decisions/one-address.md): it seeks the owner, becomes the owner or
 * a member, and seeks again when that ends. All methods may be called in any state.
 */
export class WindowAddress<L extends Link> implements Address<L>, Disposable {
  readonly #deps: AddressDeps<L>;
  readonly #options: AddressOptions;
  readonly #roles = new Emitter<AddressRole<L>>();
  readonly onDidChangeRole = this.#roles.event;
  readonly #settled = Promise.withResolvers<AddressRole<L>>();
  readonly #releases = new Set<Promise<void>>();
  #state: State<L> = { kind: "idle" };
  #stopping: Promise<void> | undefined;
  #shortLinks = 0;

  constructor(deps: AddressDeps<L>, options: AddressOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get role(): AddressRole<L> {
    const state = this.#state;
    switch (state.kind) {
      case "idle":
      case "seeking":
        return { kind: "seeking" };
      case "owner": {
        const { port, term, conflict } = state.ownership;
        return { kind: "owner", port, term, ...(conflict && { conflict }) };
      }
      case "member":
        return { kind: "member", port: state.membership.port, link: state.membership.link };
      case "alone":
        return { kind: "alone", port: state.binding.port, reason: state.reason };
      case "failed":
        return { kind: "failed", error: state.error };
      case "own":
        return { kind: "owner", port: state.binding.port, term: 0 };
      case "stopped":
        return { kind: "stopped" };
    }
  }

  get isServing(): boolean {
    const state = this.#state;
    return state.kind === "alone" || state.kind === "own" || (state.kind === "owner" && state.ownership.isServing);
  }

  /** True if the configured port is free again, and the address can move there. */
  get canReclaim(): boolean {
    return this.#state.kind === "owner" && this.#state.ownership.conflict?.canReclaim === true;
  }

  /** Begins once. @returns the first role that is not `seeking` */
  start(): Promise<AddressRole<L>> {
    if (this.#state.kind === "idle") {
      const cancel = new AbortController();
      this.#enter({ kind: "seeking", cancel });
      void this.#run(cancel);
    }
    return this.#settled.promise;
  }

  async confirm(): Promise<boolean> {
    const state = this.#state;
    if (state.kind === "owner") return await state.ownership.confirm();
    return this.isServing;
  }

  /** Moves the address to the configured port. @returns false if it is in use, or this window is not the owner */
  async reclaim(): Promise<boolean> {
    return this.#state.kind === "owner" && (await this.#state.ownership.move());
  }

  /** Leaves the address. An owner makes room for another window at once. Resolves when requests in progress have ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const state = this.#state;
    this.#leaveFor({ kind: "stopped" });
    const steps = new Steps(this.#deps.clock, new AbortController().signal);
    if (state.kind === "owner") {
      await steps.run("writing the register", REGISTER_MS, () => state.ownership.writeEnd()).catch(() => undefined);
    }
    await steps.run("releasing ports", RELEASE_MS, () => Promise.all(this.#releases)).catch(() => undefined);
    this.#roles.dispose();
  }

  /** @param held a port on which this window listens meanwhile */
  async #run(cancel: AbortController, held?: Binding, delayMs = 0): Promise<void> {
    try {
      if (delayMs > 0) await new Steps(this.#deps.clock, cancel.signal).pause(delayMs);
      const sought = await (this.#options.port === 0
        ? this.#listenAnywhere(cancel.signal)
        : new Seek(this.#deps, this.#options, cancel.signal, held).run());
      if (cancel.signal.aborted) this.#discard(sought, held);
      else this.#settle(sought, held);
    } catch (error) {
      if (cancel.signal.aborted) return;
      this.#deps.logger.error("seeking the owner of the address failed", { error: messageOf(error) });
      this.#settle({ kind: "failed", error: error instanceof Error ? error : new Error(String(error)) }, held);
    }
  }

  async #listenAnywhere(signal: AbortSignal): Promise<Sought<L> | OwnPort> {
    const { clock, network } = this.#deps;
    const binding = await new Steps(clock, signal).run("listening", BIND_MS, () => network.bind(0), discardBinding);
    if (binding === undefined) throw new Error("No port is free.");
    return { kind: "own", binding };
  }

  #settle(sought: Sought<L> | OwnPort, held: Binding | undefined): void {
    switch (sought.kind) {
      case "owner":
        return this.#own(sought.claim);
      case "member":
        return this.#join(sought.link, sought.port);
      case "own":
        return this.#leaveFor(sought, sought.binding);
      case "alone":
        return this.#leaveFor({ ...sought, cancel: this.#seekLater(sought.binding) }, sought.binding);
      case "failed":
        if (held !== undefined && this.#state.kind === "alone") {
          return this.#leaveFor({ ...this.#state, cancel: this.#seekLater(held) }, held);
        }
        return this.#leaveFor({ ...sought, cancel: this.#seekLater() });
    }
  }

  #own(claim: Claim): void {
    const ownership = new Ownership(this.#deps, claim, {
      port: this.#options.port,
      onLost: () => this.#seek("another window owns the address"),
      onBroken: (error) => {
        const reason = `The register of the address cannot be used: ${error}`;
        const { binding } = ownership;
        this.#leaveFor({ kind: "alone", binding, reason, cancel: this.#seekLater(binding) }, binding);
      },
      onDidChange: () => this.#fire(),
    });
    this.#leaveFor({ kind: "owner", ownership }, claim.binding);
  }

  #join(link: L, port: number): void {
    const { clock } = this.#deps;
    const joinedAt = clock.now();
    const membership = new Membership(this.#deps, {
      link,
      port,
      onEnd: (detail) => {
        this.#shortLinks = clock.now() - joinedAt < SHORT_MS ? this.#shortLinks + 1 : 0;
        this.#seek(`the link to the owner has ended (${detail})`, this.#shortLinks > 1 ? AFTER_SHORT_MS : 0);
      },
      onDidChangePort: () => this.#fire(),
    });
    this.#leaveFor({ kind: "member", membership });
  }

  #seek(cause: string, delayMs = 0): void {
    this.#deps.logger.info("the window seeks the owner of the address", { cause });
    const cancel = new AbortController();
    this.#leaveFor({ kind: "seeking", cancel });
    if (!cancel.signal.aborted) void this.#run(cancel, undefined, delayMs);
  }

  /** @returns cancels it */
  #seekLater(held?: Binding): AbortController {
    const cancel = new AbortController();
    const timer = this.#deps.clock.after(SEEK_AGAIN_MS, () => void this.#run(cancel, held));
    onAbort(cancel.signal, () => void timer.dispose());
    return cancel;
  }

  /** Ends the present state and enters another one: serving ends first, then the ports are released. */
  #leaveFor(next: State<L>, kept?: Binding): void {
    const state = this.#state;
    const bindings = this.#endServing(state);
    this.#enter(next);
    if ("cancel" in state) state.cancel.abort(new Error("the window does something else"));
    if (state.kind === "member") state.membership.dispose();
    for (const binding of bindings) if (binding !== kept) this.#release(binding);
  }

  #endServing(state: State<L>): readonly Binding[] {
    if (state.kind === "owner") return state.ownership.end();
    return "binding" in state ? [state.binding] : [];
  }

  #enter(next: State<L>): void {
    const before = this.role;
    this.#state = next;
    const { role } = this;
    if (!isSame(before, role)) this.#fire();
    if (role.kind !== "seeking") this.#settled.resolve(role);
  }

  #fire(): void {
    const { role } = this;
    const port = "port" in role ? role.port : undefined;
    this.#deps.logger.info("the role at the address has changed", { role: role.kind, port });
    this.#roles.fire(role);
  }

  #release(binding: Binding): void {
    const release = binding
      .release()
      .catch((error: unknown) => this.#deps.logger.warn("releasing a port failed", { error: messageOf(error) }))
      .finally(() => this.#releases.delete(release));
    this.#releases.add(release);
  }

  /** Gives back what was found for a window that has stopped meanwhile. */
  #discard(sought: Sought<L> | OwnPort, held: Binding | undefined): void {
    switch (sought.kind) {
      case "owner": {
        const { claim } = sought;
        if (claim.binding !== held) this.#release(claim.binding);
        const record = { ...claim.record, owner: undefined };
        void this.#deps.register.compareAndSet(claim, record).catch(() => undefined);
        return;
      }
      case "member":
        return sought.link.end("closed", "the window has left the address");
      case "alone":
      case "own":
        if (sought.binding !== held) this.#release(sought.binding);
        return;
      case "failed":
    }
  }
}

/** Returns true for a window that has sought the owner again, and is alone or has failed as before. */
function isSame<L extends Link>(before: AddressRole<L>, after: AddressRole<L>): boolean {
  if (before.kind === "alone") {
    return after.kind === "alone" && before.port === after.port && before.reason === after.reason;
  }
  return before.kind === "failed" && after.kind === "failed" && before.error.message === after.error.message;
}
