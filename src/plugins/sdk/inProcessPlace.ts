import { systemClock } from "../../base/clock.ts";
import { silentLogger } from "../../base/logger.ts";
import { MessageBroker } from "../bus/broker/messageBroker.ts";
import { EmbeddedTransport } from "../bus/embedded/embeddedTransport.ts";
import type { BusParticipant } from "../bus/participant.ts";
import type { BusPlace } from "./busPlace.ts";

/** A bus in this process, without a bridge: for tests, and for plugins that run together. It keeps no messages. */
export class InProcessPlace implements BusPlace {
  readonly isShared = false;
  readonly #broker: MessageBroker;

  constructor() {
    // The message buses report the failures of their handlers.
    this.#broker = new MessageBroker({ transport: new EmbeddedTransport(), clock: systemClock, logger: silentLogger });
  }

  attach(name: string): BusParticipant {
    return this.#broker.attach({ name, principalId: name, mayPublish: () => true, maySubscribe: () => true });
  }

  dispose(): void {
    void this.#broker.dispose();
  }
}
