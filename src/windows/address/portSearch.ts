import { BridgeError } from "../../protocol/errors.ts";
import type { Link } from "../link/link.ts";
import type { AddressRecord, Binding, Dialed, RegisteredAddress } from "./addressPorts.ts";
import type { AddressDeps, AddressOptions, Elsewhere, Sought } from "./claim.ts";
import { discardBinding, LateError, type Steps } from "./steps.ts";
import { BIND_MS, REGISTER_MS } from "./times.ts";

/** Maximum number of ports to try after the configured one. */
export const MAX_PORT_STEPS = 100;
const MAX_PORT = 65_535;
const DESCRIBE_MS = 3_000;
/** A port may change hands between two looks at it. */
const MAX_LOOKS = 3;

interface PortSearchDeps<L extends Link> extends AddressDeps<L> {
  readonly steps: Steps;
  readonly dial: (port: number) => Promise<Dialed<L>>;
}

interface ClaimOptions {
  /** The port of the owner that did not respond to a challenge. */
  readonly stoppedPort: number | undefined;
  /** True if a window that is about to become the owner, or stops, should be waited for. */
  readonly mayWait: boolean;
  /** False if only the configured port may be claimed. */
  readonly mayGoElsewhere: boolean;
}

/** Thrown if the system does not let this window listen at all. */
export class ListenError extends Error {
  readonly reason: Error;

  constructor(reason: unknown) {
    super("listening failed");
    this.reason = reason instanceof Error ? reason : new Error(String(reason));
  }
}

/** Finds a port for the owner of an address, and writes it to the register. */
export class PortSearch<L extends Link> {
  readonly #deps: PortSearchDeps<L>;
  readonly #options: AddressOptions;
  readonly #held: Binding | undefined;
  readonly #looks = new Map<number, number>();
  /** A port on which this window listens, without owning the address yet. */
  #unclaimed: Binding | undefined;

  constructor(deps: PortSearchDeps<L>, options: AddressOptions, held: Binding | undefined) {
    this.#deps = deps;
    this.#options = options;
    this.#held = held;
  }

  /**
   * Becomes the owner on the first free port, or joins an owner that is not registered.
   * @returns undefined if another window was faster; `again` if it is about to become the owner; `taken` if the configured
   * port is in use
   */
  async claim(
    registered: RegisteredAddress,
    { stoppedPort, mayWait, mayGoElsewhere }: ClaimOptions,
  ): Promise<Sought<L> | undefined | "again" | "taken"> {
    const { port: wanted, portConflict } = this.#options;
    let elsewhere: Elsewhere | undefined;
    for (const port of this.#candidates()) {
      const binding = await this.#bind(port);
      if (binding !== undefined) return await this.#write(registered, binding, elsewhere);
      // Clients know the port of the last owner.
      const known = port === wanted && stoppedPort === undefined ? registered.record?.port : undefined;
      if (known !== undefined && known !== wanted) {
        const sought = await this.claimAt(registered, known);
        if (sought !== "taken") return sought;
      }
      const taken = port === stoppedPort ? "stopped" : await this.#look(port, mayWait, stoppedPort !== undefined);
      if (taken === "again" || typeof taken === "object") return taken;
      if (port !== wanted) continue;
      if (!mayGoElsewhere) return "taken";
      elsewhere = await this.#elsewhere(taken);
      if (portConflict === "fail" && port !== stoppedPort) return this.#failed(await this.#describe(port));
    }
    return this.#failed(await this.#describe(wanted));
  }

  /** Becomes the owner on the port of the last owner only. @returns `taken` if it is in use */
  async claimAt(registered: RegisteredAddress, port: number): Promise<Sought<L> | undefined | "taken"> {
    const binding = await this.#bind(port);
    if (binding === undefined) return "taken";
    const owner = registered.record?.stranger;
    const elsewhere: Elsewhere = owner === undefined ? { kind: "stopped" } : { kind: "stranger", owner };
    return await this.#write(registered, binding, port === this.#options.port ? undefined : elsewhere);
  }

  /** Gets an address of its own, which is not registered. */
  async alone(reason: string): Promise<Sought<L>> {
    if (this.#held !== undefined) return { kind: "alone", binding: this.#held, reason };
    for (const port of this.#candidates()) {
      const binding = await this.#bind(port);
      if (binding !== undefined) return { kind: "alone", binding, reason };
      if (this.#options.portConflict === "fail") break;
    }
    return this.#failed(await this.#describe(this.#options.port));
  }

  /** Returns the record that replaces one that is not valid. Windows do not know its owner, and wait for a challenge. */
  unknownRecord(): AddressRecord {
    return { term: 0, port: this.#options.port, renewal: this.#deps.unique() };
  }

  /** Stops listening on a port that was not claimed. */
  discard(): void {
    if (this.#unclaimed !== this.#held) discardBinding(this.#unclaimed);
    this.#unclaimed = undefined;
  }

  #candidates(): number[] {
    const ports = Array.from({ length: MAX_PORT_STEPS + 1 }, (_, step) => this.#options.port + step);
    return ports.filter((port) => port <= MAX_PORT);
  }

  async #bind(port: number): Promise<Binding | undefined> {
    if (port === this.#held?.port) return this.#held;
    const { steps, network } = this.#deps;
    try {
      this.#unclaimed = await steps.run("listening", BIND_MS, () => network.bind(port), discardBinding);
      return this.#unclaimed;
    } catch (error) {
      steps.signal.throwIfAborted();
      if (error instanceof LateError) return undefined;
      throw new ListenError(error);
    }
  }

  /**
   * Finds out who has a port that is taken.
   * @param isChallenged the owner has not responded to a challenge: it may have other ports, too, after a move
   */
  async #look(port: number, mayWait: boolean, isChallenged: boolean): Promise<Sought<L> | "again" | Elsewhere["kind"]> {
    const looks = (this.#looks.get(port) ?? 0) + 1;
    this.#looks.set(port, looks);
    const mayLookAgain = mayWait && looks < MAX_LOOKS;
    const dialed = await this.#deps.dial(port);
    switch (dialed.kind) {
      case "joined":
        return { kind: "member", link: dialed.link, port };
      case "not-owner":
        return mayWait ? "again" : "stopped";
      case "silent":
        return mayLookAgain && !isChallenged ? "again" : "stopped";
      // The system keeps some ports for itself.
      case "refused":
        return mayLookAgain ? "again" : "stranger";
      case "stranger":
      case "incompatible":
        return "stranger";
    }
  }

  /** @returns undefined if another window was faster */
  async #write(
    registered: RegisteredAddress,
    binding: Binding,
    elsewhere: Elsewhere | undefined,
  ): Promise<Sought<L> | undefined> {
    const { register, steps, clock, self, unique } = this.#deps;
    const term = Math.max(registered.version, registered.record?.term ?? 0) + 1;
    const stranger = elsewhere?.kind === "stranger" ? elsewhere.owner : undefined;
    const record: AddressRecord = { term, owner: self, port: binding.port, stranger, renewal: unique() };
    const claimedAt = clock.now();
    const compareAndSet = (): Promise<RegisteredAddress | undefined> => register.compareAndSet(registered, record);
    let written: RegisteredAddress | undefined;
    try {
      written = await steps.run("writing the register", REGISTER_MS, compareAndSet, (writtenLate) => {
        if (writtenLate)
          void register.compareAndSet(writtenLate, { ...record, owner: undefined }).catch(() => undefined);
      });
    } finally {
      if (written === undefined) this.discard();
    }
    if (written === undefined) return undefined;
    return { kind: "owner", claim: { binding, version: written.version, record, claimedAt, elsewhere } };
  }

  async #elsewhere(kind: Elsewhere["kind"]): Promise<Elsewhere> {
    return kind === "stranger" ? { kind, owner: await this.#describe(this.#options.port) } : { kind };
  }

  async #describe(port: number): Promise<string> {
    const { steps, network } = this.#deps;
    try {
      return await steps.run("looking for a program", DESCRIBE_MS, () => network.describeOwner(port));
    } catch {
      steps.signal.throwIfAborted();
      return `Another program uses port ${port}.`;
    }
  }

  #failed(owner: string): Sought<L> {
    const { port, portConflict } = this.#options;
    const advice =
      portConflict === "fail"
        ? "Free the port, choose another kiroBridge.api.port, or set kiroBridge.api.portConflict to 'next'."
        : `The next ${MAX_PORT_STEPS} ports cannot be used either. Choose another kiroBridge.api.port.`;
    const error = new BridgeError("CONFIGURATION_ERROR", `${owner} ${advice}`, { port, reason: "port_taken" });
    return { kind: "failed", error };
  }
}
