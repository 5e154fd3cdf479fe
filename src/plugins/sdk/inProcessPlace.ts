import { systemClock } from "../../base/clock.ts";
import { silentLogger } from "../../base/logger.ts";
import { MessageBroker } from "../bus/broker/messageBroker.ts";
import { EmbeddedTransport } from "../bus/embedded/embeddedTransport.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { STORE_NAME } from "../state/stateMessages.ts";
import { MemoryBackend } from "../state/store/memoryBackend.ts";
import { openSharing } from "../state/store/sharing.ts";
import { StateStore } from "../state/store/stateStore.ts";
import type { DurablePatterns } from "./declaredSubscriptions.ts";
import type { BusPlace } from "./busPlace.ts";

/** A bus in this process, without a bridge: for tests, and for plugins that run together. It keeps no messages. */
export class InProcessPlace implements BusPlace {
  readonly isShared = false;
  readonly #broker: MessageBroker;
  #store: StateStore | undefined;

  constructor() {
    // The message buses report the failures of their handlers.
    this.#broker = new MessageBroker({ transport: new EmbeddedTransport(), clock: systemClock, logger: silentLogger });
  }

  durablePatternsOf(): DurablePatterns {
    return new Map();
  }

  keepState(): void {
    this.#store ??= new StateStore({
      participant: this.attach(STORE_NAME),
      backend: new MemoryBackend(),
      sharing: openSharing,
      logger: silentLogger,
    });
  }

  attach(name: string): BusParticipant {
    return this.#broker.attach({ name, principalId: name, mayPublish: () => true, maySubscribe: () => true });
  }

  dispose(): void {
    void this.#store?.dispose();
    void this.#broker.dispose();
  }
}
