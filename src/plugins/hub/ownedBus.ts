import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { brokerDefaults } from "../bus/broker/busParts.ts";
import { MessageBroker } from "../bus/broker/messageBroker.ts";
import type { BusIdentity, BusParticipant, BusStats } from "../bus/participant.ts";
import type { BusTransport, StateBackend } from "../bus/transport.ts";
import { STORE_NAME } from "../state/stateMessages.ts";
import type { SharingRules } from "../state/store/sharing.ts";
import { StateStore } from "../state/store/stateStore.ts";
import { editorIdentity, type LocalBus } from "./windowBus.ts";

export interface OwnedBusDeps {
  /** Owned by the bus. */
  readonly transport: BusTransport;
  readonly stateBackend: StateBackend;
  readonly sharing: SharingRules;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The bus in this window, for as long as this window has the address: its broker, and the shared states of plugins. */
export class OwnedBus implements LocalBus {
  readonly transport: BusTransport;
  readonly stateBackend: StateBackend;
  readonly states: StateStore;
  readonly #broker: MessageBroker;

  constructor({ transport, stateBackend, sharing, clock, logger }: OwnedBusDeps) {
    this.transport = transport;
    this.stateBackend = stateBackend;
    this.#broker = new MessageBroker({ transport, clock, logger }, brokerDefaults);
    const participant = this.#broker.attach(editorIdentity(STORE_NAME));
    this.states = new StateStore({ participant, backend: stateBackend, sharing, clock, logger });
  }

  attach(identity: BusIdentity): BusParticipant {
    return this.#broker.attach(identity);
  }

  stats(): BusStats {
    return this.#broker.stats();
  }

  /** Saves the states, then ends the broker with its transport. */
  async dispose(): Promise<void> {
    try {
      await this.states.dispose();
    } finally {
      await this.#broker.dispose();
    }
  }
}
