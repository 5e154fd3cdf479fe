import { reportListenerError } from "../../client/reportListenerError.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { isPluginName } from "../bus/names.ts";
import type { BusPlace } from "./busPlace.ts";
import type { BridgeChoice } from "./connection/busEndpoint.ts";
import { BridgePlace } from "./connection/bridgePlace.ts";
import { InProcessPlace } from "./inProcessPlace.ts";
import { MessageBus } from "./messageBus.ts";
import { ProcessHold } from "./processHold.ts";

const NO_NAME =
  "The name of a plugin has up to 64 small letters, digits and hyphens, no hyphen first, and is not one of the bridge's own.";

/** Options of `connect`. */
export interface ConnectOptions {
  /** The address of the bridge, such as `http://127.0.0.1:3001`. By default, the discovery folder has it. */
  readonly url?: string | undefined;
  /** A token with the scopes of the bus. By default the one that the bridge publishes, which is the user's own. */
  readonly token?: string | undefined;
  /** The time in milliseconds that messages wait while there is no connection; 30,000 by default. */
  readonly offlineMs?: number | undefined;
}

/** The message buses of this process, by their names. All of them take part in the same bus. */
export class ProcessBuses {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #buses = new Map<string, MessageBus>();
  readonly #hold = new ProcessHold();
  #place: BusPlace | undefined;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** Returns a bus that is there; without a name, the first one. */
  find(id?: string): MessageBus | undefined {
    if (id !== undefined) return this.#buses.get(id);
    const [first] = this.#buses.values();
    return first;
  }

  /** @throws BridgeError VALIDATION_FAILED for a name that no plugin can have; CONFIGURATION_ERROR without any, if there is no bus */
  get(id?: string): MessageBus {
    const found = this.find(id);
    if (found !== undefined) return found;
    if (id === undefined) {
      const message = "MessageBus not initialized. Call getMessageBus with the name of the plugin first.";
      throw new BridgeError("CONFIGURATION_ERROR", message);
    }
    if (!isPluginName(id)) throw new BridgeError("VALIDATION_FAILED", NO_NAME);
    this.#place ??= this.#ownPlace();
    const bus = new MessageBus({ place: this.#place, hold: this.#hold, onError: reportListenerError }, id);
    this.#buses.set(id, bus);
    return bus;
  }

  /** Has the shared state of the buses kept. */
  keepState(): void {
    this.#place?.keepState();
  }

  /** @throws BridgeError CONFLICT if there is a bus */
  async connect({ url, token, offlineMs }: ConnectOptions): Promise<void> {
    if (this.#buses.size > 0) throw new BridgeError("CONFLICT", "Call connect before getMessageBus.");
    const place = bridgePlace(url === undefined ? { kind: "discovered", token } : { kind: "address", url, token }, {
      offlineMs,
    });
    this.#place?.dispose();
    this.#place = place;
    await place.find();
  }

  /** Clears all buses and forgets them. A bus in the process ends; the choice of a bridge remains. */
  reset(): void {
    for (const bus of this.#buses.values()) bus.clear();
    this.#buses.clear();
    if (this.#place?.isShared !== false) return;
    this.#place.dispose();
    this.#place = undefined;
  }

  /** Ends all connections, so that the bridge does not wait for this process to connect again. */
  leave(): void {
    for (const bus of this.#buses.values()) bus.clear();
  }

  /** The bridge that has started this process as a plugin, or a bus in the process. */
  #ownPlace(): BusPlace {
    const { KIRO_BRIDGE_URL: url, KIRO_BRIDGE_PLUGIN_TOKEN: token } = this.#env;
    if (token === undefined || token === "") return new InProcessPlace();
    return bridgePlace({ kind: "supervisor", url: url || undefined, token }, {});
  }
}

function bridgePlace(choice: BridgeChoice, options: Pick<ConnectOptions, "offlineMs">): BridgePlace {
  return new BridgePlace({ choice, ...options });
}
