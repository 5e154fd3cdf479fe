import { silentLogger } from "../../../src/base/logger.ts";
import type { BusIdentity, BusParticipant } from "../../../src/plugins/bus/participant.ts";
import type { MessageBroker } from "../../../src/plugins/bus/broker/messageBroker.ts";
import type { StateBackend } from "../../../src/plugins/bus/transport.ts";
import { PluginState } from "../../../src/plugins/state/pluginState.ts";
import { MemoryBackend } from "../../../src/plugins/state/store/memoryBackend.ts";
import { openSharing } from "../../../src/plugins/state/store/sharing.ts";
import { StateStore, type StateStoreDeps } from "../../../src/plugins/state/store/stateStore.ts";
import { STORE_NAME } from "../../../src/plugins/state/stateMessages.ts";
import { ManualClock } from "../windows/manualClock.ts";
import { embeddedBroker } from "./busUnderTest.ts";

/** A bus with a store, and processes of plugins that share their state over it. */
export class SharedStates {
  readonly broker: MessageBroker = embeddedBroker();
  /** Times of renewals, retries and saves, which pass when a test says so. */
  readonly clock = new ManualClock();
  readonly backend: StateBackend = new MemoryBackend();
  readonly problems: unknown[] = [];
  readonly #ends: (() => PromiseLike<void>)[] = [];

  join(name: string, identity: Partial<BusIdentity> = {}): BusParticipant {
    const all = { mayPublish: () => true, maySubscribe: () => true };
    return this.broker.attach({ name, principalId: name, ...all, ...identity });
  }

  store(deps: Partial<StateStoreDeps> = {}): StateStore {
    const { backend, clock } = this;
    const participant = this.join(STORE_NAME);
    const store = new StateStore({ participant, backend, clock, sharing: openSharing, logger: silentLogger, ...deps });
    this.#ends.push(() => store.dispose());
    return store;
  }

  /** A process of a plugin. */
  start(name: string, deps: { now?: () => number; identity?: Partial<BusIdentity> } = {}): PluginState {
    const onProblem = (error: unknown): void => void this.problems.push(error);
    const participant = this.join(name, deps.identity);
    const state = new PluginState({ participant, clock: this.clock, onProblem, now: deps.now });
    this.#ends.push(() => state.dispose());
    return state;
  }

  async dispose(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
    await this.broker.dispose();
  }
}
