import { messageOf } from "../../protocol/errors.ts";
import type { Link } from "../link/link.ts";
import type { Binding, Dialed, RegisteredAddress } from "./addressPorts.ts";
import type { AddressDeps, AddressOptions, Sought } from "./claim.ts";
import { ListenError, PortSearch } from "./portSearch.ts";
import { LateError, Steps } from "./steps.ts";
import { CHALLENGE_MS, OTHERS_CHALLENGE_MS, REGISTER_MS } from "./times.ts";

/** After this time without an owner that responds, the window is alone. */
const SEEK_MS = 15_000;
const DIAL_MS = 1_000;
const MAX_DIAL_MS = 4_000;
const IS_GONE_MS = 3_000;
/** Time in milliseconds to pause for a window that is about to become the owner, on a machine where many windows start. */
const PATIENCE_MS = 6_000;
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 320;
const WATCH_MS = 100;
const MAX_REGISTER_FAILURES = 3;

/**
 * Finds the owner of the address and joins it, or becomes the owner (docs/decisions/one-address.md). Runs once. Each step
 * has a deadline, and the whole has one as well.
 */
export class Seek<L extends Link> {
  readonly #deps: AddressDeps<L>;
  readonly #steps: Steps;
  readonly #ports: PortSearch<L>;
  readonly #held: Binding | undefined;
  readonly #latest: number;
  #dialMs = DIAL_MS;
  #pauseMs = FIRST_PAUSE_MS;
  #paused = 0;
  #registerFailures = 0;

  /** @param held a port on which this window listens already, and which it keeps unless it becomes a member */
  constructor(deps: AddressDeps<L>, options: AddressOptions, signal: AbortSignal, held?: Binding) {
    this.#deps = deps;
    this.#steps = new Steps(deps.clock, signal);
    this.#held = held;
    this.#latest = deps.clock.now() + SEEK_MS;
    const dial = (port: number): Promise<Dialed<L>> => this.#dial(port);
    this.#ports = new PortSearch({ ...deps, steps: this.#steps, dial }, options, held);
  }

  /** @throws the reason of the signal; nothing is left behind then */
  async run(): Promise<Sought<L>> {
    try {
      return await this.#seek();
    } catch (error) {
      this.#ports.discard();
      throw error;
    }
  }

  async #seek(): Promise<Sought<L>> {
    const { clock, logger } = this.#deps;
    let reason = "No window responds at the address.";
    while (clock.now() < this.#latest) {
      try {
        const sought = await this.#round();
        if (sought !== undefined) return sought;
      } catch (error) {
        this.#steps.signal.throwIfAborted();
        if (error instanceof ListenError) return { kind: "failed", error: error.reason };
        logger.warn("the register of the address cannot be used", { error: messageOf(error) });
        reason = `The register of the address cannot be used: ${messageOf(error)}`;
        if (++this.#registerFailures >= MAX_REGISTER_FAILURES) break;
        await this.#pause();
      }
    }
    return await this.#ports.alone(reason);
  }

  /** @returns undefined if something has changed meanwhile, and the next round should begin */
  async #round(): Promise<Sought<L> | undefined> {
    const { register } = this.#deps;
    const registered = await this.#steps.run("reading the register", REGISTER_MS, () => register.read());
    const { record } = registered;
    if (await this.#isUnowned(registered)) return await this.#claim(registered);
    if (record?.owner === undefined) return await this.#challenge(registered);
    if (record.port === this.#held?.port) return await this.#claimAt(registered, record.port);
    const dialed = await this.#dial(record.port);
    switch (dialed.kind) {
      case "joined":
        return { kind: "member", link: dialed.link, port: record.port };
      case "incompatible":
        return await this.#ports.alone(dialed.detail);
      case "refused":
        return await this.#claimAt(registered, record.port);
      case "not-owner":
        return this.#isPatient ? await this.#again() : await this.#challenge(registered);
      case "silent":
        return await this.#challenge(registered);
      case "stranger":
        return await this.#challenge(registered, undefined);
    }
  }

  /** Returns true if certainly no window serves the address. */
  async #isUnowned({ version, record }: RegisteredAddress): Promise<boolean> {
    if (record === undefined) return version === 0;
    const { owner, challenger } = record;
    // In a record that nobody could read, a challenger may be waiting for its owner.
    if (owner === undefined) return challenger === undefined;
    const { network, self } = this.#deps;
    if (owner.windowId === self.windowId) return true;
    try {
      return await this.#steps.run("looking for a process", IS_GONE_MS, () => network.isGone(owner));
    } catch {
      this.#steps.signal.throwIfAborted();
      return false;
    }
  }

  async #claim(registered: RegisteredAddress, stoppedPort?: number): Promise<Sought<L> | undefined> {
    const found = await this.#ports.claim(registered, {
      stoppedPort,
      mayWait: this.#isPatient,
      // If the folder was removed, the owner may be at the port, and writes to the register again.
      mayGoElsewhere: registered.version > 0,
    });
    if (found === "taken") return await this.#challenge(registered);
    return found === "again" ? await this.#again() : found;
  }

  /**
   * Takes over from an owner that does not listen. An owner that serves does listen on its port: if this window can, the
   * owner serves no longer.
   */
  async #claimAt(registered: RegisteredAddress, port: number): Promise<Sought<L> | undefined> {
    const sought = await this.#ports.claimAt(registered, port);
    if (sought !== "taken") return sought;
    return this.#isPatient ? await this.#again() : await this.#challenge(registered, undefined);
  }

  /**
   * Takes over from an owner that does not respond, if it does not renew its record in time. The challenge of another
   * window serves as well.
   * @param stoppedPort the port that the owner still has
   */
  async #challenge(
    registered: RegisteredAddress,
    stoppedPort: number | undefined = registered.record?.owner && registered.record.port,
  ): Promise<Sought<L> | undefined> {
    const { register, self, unique, clock } = this.#deps;
    const { record } = registered;
    let challenged: RegisteredAddress | undefined = registered;
    if (record?.challenger === undefined) {
      const challenger = { windowId: self.windowId, nonce: unique() };
      const next = { ...(record ?? this.#ports.unknownRecord()), challenger };
      challenged = await this.#steps.run("writing a challenge", REGISTER_MS, () =>
        register.compareAndSet(registered, next),
      );
      if (challenged === undefined) return undefined;
    }
    const isOwn = challenged.record?.challenger?.windowId === self.windowId;
    const until = clock.now() + (isOwn ? CHALLENGE_MS : OTHERS_CHALLENGE_MS);
    while (clock.now() < until) {
      await this.#steps.pause(Math.min(WATCH_MS, until - clock.now()));
      const latest = await this.#steps.run("reading the register", REGISTER_MS, () => register.read());
      if (latest.version !== challenged.version) {
        // If the owner has renewed, it is only slow.
        this.#dialMs = Math.min(2 * this.#dialMs, MAX_DIAL_MS);
        return undefined;
      }
    }
    return await this.#claim(challenged, stoppedPort);
  }

  /** @returns `silent` if there is no result in time */
  async #dial(port: number): Promise<Dialed<L>> {
    const { network } = this.#deps;
    const late = new AbortController();
    try {
      const dial = (): Promise<Dialed<L>> => network.dial(port, AbortSignal.any([late.signal, this.#steps.signal]));
      return await this.#steps.run("calling a bridge", this.#dialMs, dial, (dialed) => {
        if (dialed.kind === "joined") dialed.link.end("closed", "the window has stopped waiting for this link");
      });
    } catch (error) {
      this.#steps.signal.throwIfAborted();
      late.abort();
      if (!(error instanceof LateError)) this.#deps.logger.warn("calling a bridge failed", { error: messageOf(error) });
      return { kind: "silent" };
    }
  }

  /** True as long as a window that does not own the address yet should be waited for. */
  get #isPatient(): boolean {
    return this.#paused < PATIENCE_MS;
  }

  async #again(): Promise<undefined> {
    await this.#pause();
    return undefined;
  }

  async #pause(): Promise<void> {
    this.#paused += this.#pauseMs;
    await this.#steps.pause(this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS);
  }
}
