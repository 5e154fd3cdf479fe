import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { isBridgeError, messageOf } from "../../protocol/errors.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { BusIdentity, BusParticipant, BusStats } from "../bus/participant.ts";
import { RemoteParticipant } from "../bus/remote/remoteParticipant.ts";
import { type BusPlace, type BusPlaces, isSamePlace } from "./busPlace.ts";
import { FollowingParticipant } from "./followingParticipant.ts";

/** The bus in this window, for as long as this window has the address. */
export interface LocalBus {
  /** @throws BridgeError CONFLICT for the name of another principal */
  attach(identity: BusIdentity): BusParticipant;
  stats(): BusStats;
  dispose(): Promise<void>;
}

export interface WindowBusDeps<Bus extends LocalBus = LocalBus> {
  readonly places: BusPlaces;
  /** Starts the bus in this window. */
  readonly openBus: () => Promise<Bus>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The ID of the principal of this user: the editor speaks for it. */
const OWNER = "owner";

/** The delay in milliseconds before the bus is started again, after that has failed. */
const RETRY_MS = 5000;

type State<Bus> =
  | {
      readonly kind: "here";
      readonly place: BusPlace;
      readonly opening: Promise<Bus>;
      readonly bus?: Bus;
    }
  | { readonly kind: "elsewhere"; readonly place: BusPlace };

/**
 * The bus of all windows, as this one takes part in it: in this process while this window has the address, and otherwise
 * over the link to the window that has it. Participants stay when it moves.
 */
export class WindowBus<Bus extends LocalBus = LocalBus> implements Disposable {
  readonly #deps: WindowBusDeps<Bus>;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when the bus of this window has started or ended, and when this window uses another one. */
  readonly onDidMove = this.#changed.event;
  readonly #participants = new Set<FollowingParticipant>();
  #state: State<Bus> = { kind: "elsewhere", place: { kind: "nobody" } };
  #retry: Disposable | undefined;
  /** The end of the bus that this window had before. */
  #ending: Promise<unknown> = Promise.resolve();

  constructor(deps: WindowBusDeps<Bus>) {
    this.#deps = deps;
    this.#store.add(deps.places.onDidChange(() => this.#move()));
    this.#move();
  }

  /** The bus in this window, if it has started. */
  get here(): Bus | undefined {
    return this.#state.kind === "here" ? this.#state.bus : undefined;
  }

  /** Waits for the bus in this window. @throws BridgeError KIRO_UNAVAILABLE if another window has it */
  async whenHere(): Promise<Bus> {
    if (this.#state.kind === "here") return await this.#state.opening.catch(rethrowAsUnavailable);
    throw unavailable("bridge-stopping", "Another window has the bus. Send the request again.");
  }

  /** Takes part in the bus under a name, with all rights of this user. */
  attach(name: string): BusParticipant {
    const participant = new FollowingParticipant(name, {
      onError: (error) => this.#warn("A subscription to the bus was rejected", error),
      onDispose: () => this.#participants.delete(participant),
    });
    this.#participants.add(participant);
    participant.follow(this.#innerOf(name));
    return participant;
  }

  async dispose(): Promise<void> {
    const participants = [...this.#participants];
    void this.#retry?.dispose();
    await this.#store.dispose();
    this.#become({ kind: "elsewhere", place: { kind: "nobody" } });
    await Promise.all(participants.map((participant) => participant.dispose()));
    await this.#ending;
  }

  #move(): void {
    const { place } = this.#deps.places;
    if (isSamePlace(place, this.#state.place)) return;
    if (place.kind === "here") this.#open(place);
    else this.#become({ kind: "elsewhere", place });
  }

  #open(place: BusPlace): void {
    // The files of the bus before are closed first.
    const opening = this.#ending.then(() => this.#deps.openBus());
    const state: State<Bus> = { kind: "here", place, opening };
    this.#become(state);
    opening.then(
      (bus) => {
        if (this.#state === state) this.#become({ ...state, bus });
      },
      (error: unknown) => this.#tryAgain(state, error),
    );
  }

  #tryAgain(failed: State<Bus>, error: unknown): void {
    if (this.#state !== failed) return;
    this.#warn("The bus could not be started", error);
    void this.#retry?.dispose();
    this.#retry = this.#deps.clock.after(RETRY_MS, () => {
      if (this.#state === failed) this.#open(failed.place);
    });
  }

  #become(state: State<Bus>): void {
    const before = this.#state;
    this.#state = state;
    if (before.kind === "here" && before.place !== state.place)
      this.#ending = before.opening
        .then((bus) => bus.dispose())
        .catch((error: unknown) => {
          this.#warn("The bus was not closed", error);
        });
    for (const participant of this.#participants) participant.follow(this.#innerOf(participant.name));
    this.#changed.fire();
  }

  #innerOf(name: string): BusParticipant | undefined {
    const state = this.#state;
    try {
      if (state.kind === "here") return state.bus?.attach(editorIdentity(name));
      if (state.place.kind === "nobody" || state.place.kind === "here") return undefined;
      const onError = (error: unknown): void => this.#warn("The bus of the other window reports an error", error);
      return new RemoteParticipant({ open: state.place.open, onError, clock: this.#deps.clock }, { name });
    } catch (error) {
      this.#warn("This window cannot take part in the bus", error);
      return undefined;
    }
  }

  #warn(text: string, error: unknown): void {
    this.#deps.logger.warn(text, { error: messageOf(error) });
  }
}

/** Returns who takes part for this user, in this window. */
export function editorIdentity(name: string): BusIdentity {
  return { name, principalId: OWNER, mayPublish: () => true, maySubscribe: () => true };
}

function rethrowAsUnavailable(error: unknown): never {
  if (isBridgeError(error)) throw error;
  throw unavailable("bridge-starting", `The bus could not be started: ${messageOf(error)}`);
}
