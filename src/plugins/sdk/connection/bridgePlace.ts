import { RemoteParticipant } from "../../bus/remote/remoteParticipant.ts";
import type { BusParticipant } from "../../bus/participant.ts";
import type { AttachListener, BusPlace } from "../busPlace.ts";
import { type DurablePatterns, durablePatternsIn } from "../declaredSubscriptions.ts";
import { BusEndpoint, type BridgeChoice } from "./busEndpoint.ts";
import { openBusChannel } from "./openBusChannel.ts";

export interface BridgePlaceOptions {
  readonly choice: BridgeChoice;
  /** The time in milliseconds that messages wait for a connection. */
  readonly offlineMs?: number | undefined;
}

/** The bus of a bridge. Each message bus of the process has a connection of its own. */
export class BridgePlace implements BusPlace {
  readonly isShared = true;
  readonly #options: BridgePlaceOptions;

  constructor(options: BridgePlaceOptions) {
    this.#options = options;
  }

  /** Finds the bridge. @throws BridgeError or KiroBridgeError if there is none */
  async find(): Promise<void> {
    await new BusEndpoint(this.#options.choice).next();
  }

  attach(name: string, attached: AttachListener): BusParticipant {
    const { choice, offlineMs } = this.#options;
    const endpoint = new BusEndpoint(choice);
    return new RemoteParticipant(
      {
        onError: (error) => attached.onError(error),
        open: (query, listener) =>
          openBusChannel(endpoint, query, {
            onMessage: (text) => listener.onMessage(text),
            onClose: (error) => {
              listener.onClose(error);
              if (!error.recoverable) attached.onEnd();
            },
          }),
      },
      { name, ...(offlineMs !== undefined && { offlineMs }) },
    );
  }

  durablePatternsOf(name: string): DurablePatterns {
    // The editor starts a plugin in its folder.
    return this.#options.choice.kind === "supervisor" ? durablePatternsIn(process.cwd(), name) : new Map();
  }

  keepState(): void {
    // The bridge does.
  }

  dispose(): void {
    // Each participant closes its own connection.
  }
}
