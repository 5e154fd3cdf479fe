import type { Duplex } from "node:stream";
import type { Disposable } from "../../base/disposables.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { Guards } from "../guards/guards.ts";
import type { ClientRegistry } from "../clients.ts";
import { type HttpHandlers, HttpListener, type ListenerLimits } from "./httpListener.ts";
import { bind, type Bound, hostOf, type ListenOptions } from "./listen.ts";
import type { Readiness } from "./readiness.ts";
import { checkOwnGuards } from "./selfCheck.ts";

export interface ListenersDeps {
  readonly handlers: HttpHandlers;
  readonly guards: Guards;
  readonly readiness: Readiness;
  readonly clients: Pick<ClientRegistry, "disconnectAll">;
}

/** Maximum size of the head of a forwarded request, which has the rules of its caller in addition. */
const MAX_LINK_HEADER_BYTES = 512 * 1024;

/**
 * The ports that a server listens on, which may change while it runs, and the connections that come over links. A server
 * without a port serves links only.
 */
export class Listeners implements Disposable {
  readonly #deps: ListenersDeps;
  readonly #options: Pick<ListenOptions, "host"> & ListenerLimits;
  readonly #links: HttpListener;
  /** The newest last. */
  readonly #bound = new Set<Bound>();
  /** Those that are closing or have moved to another port, with connections that may still be open. */
  readonly #retired = new Set<Bound>();

  constructor(deps: ListenersDeps, options: Pick<ListenOptions, "host"> & ListenerLimits) {
    this.#deps = deps;
    this.#options = options;
    this.#links = new HttpListener(deps.handlers, { ...options, maxHeaderBytes: MAX_LINK_HEADER_BYTES });
  }

  /**
   * Listens on a port, and checks the guards through it.
   * @returns undefined if the port is taken
   * @throws BridgeError CONFIGURATION_ERROR if it cannot listen for another reason, or the check has failed
   */
  async bind(port: number): Promise<Bound | undefined> {
    const bound = await bind(this.#deps.handlers, this.#options, port);
    if (bound === undefined) return undefined;
    this.#bound.add(bound);
    this.#tellAddress();
    const held = { ...bound, close: () => this.#close(bound), retire: () => this.#retire(bound) };
    try {
      await checkOwnGuards({ ...bound, authMode: this.#deps.guards.authMode });
      return held;
    } catch (error) {
      await held.close();
      throw error;
    }
  }

  /** Handles the requests of a connection that came over a link. */
  accept(connection: Duplex): void {
    this.#links.accept(connection);
  }

  announceStop(): void {
    for (const bound of this.#bound) bound.announceStop();
    this.#links.announceStop();
  }

  /** Closes all of them. Running requests get 2 s. */
  async dispose(): Promise<void> {
    const all = [...this.#bound, ...this.#retired];
    await Promise.all([...all.map((bound) => bound.close()), this.#links.close()]);
  }

  async #close(bound: Bound): Promise<void> {
    const isLast = this.#bound.delete(bound) && this.#bound.size === 0;
    // What has come before is told that the bridge stops, rather than that its Host is wrong.
    this.#retired.add(bound);
    this.#tellAddress();
    // Without a port, there is no client but those of the owner, which reach this window over its link.
    if (isLast) this.#deps.clients.disconnectAll(bridgeStopping("Another window has the address now. Connect again."));
    await bound.close();
    this.#retired.delete(bound);
    this.#tellAddress();
  }

  async #retire(bound: Bound): Promise<void> {
    this.#bound.delete(bound);
    this.#retired.add(bound);
    this.#tellAddress();
    await bound.retire();
  }

  #tellAddress(): void {
    const ports = [...this.#bound].map(({ port }) => port);
    const host = hostOf(this.#options);
    const newest = ports.at(-1);
    this.#deps.guards.listensAt(host, ...[...this.#retired].map(({ port }) => port), ...ports);
    if (newest !== undefined) this.#deps.readiness.listensAt(host, newest);
  }
}
