import { onAbort } from "../../base/abort.ts";
import { startDeadline } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { KiroBridgeError } from "../errors.ts";
import type { Backoff } from "../events/backoff.ts";
import { waitFor } from "../../base/pause.ts";
import { Connection } from "./connection.ts";
import type { OpenSocket, ReadyEvent } from "./openSocket.ts";
import type { SocketMethods } from "./socketMethods.ts";

/** A connection, until it is lost. */
export interface LinkConnection {
  readonly connection: Connection<SocketMethods>;
  readonly ready: ReadyEvent;
  /** The host and the port of the bridge. */
  readonly host: string;
  /** The time of `ready`, as in `performance.now()`. */
  readonly readyAt: number;
  /** The error of the calls that were pending when it was lost. */
  lostWith?: KiroBridgeError;
}

export interface SocketLinkDeps {
  /** Opens the next WebSocket. */
  readonly open: () => Promise<OpenSocket>;
  readonly backoff: Backoff;
  /** Ends the link. */
  readonly signal: AbortSignal;
}

type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly current: LinkConnection }
  | { readonly kind: "ended"; readonly error: unknown };

/** A connection that has lasted this long, in milliseconds, was a good one. */
const STABLE_MS = 1000;

/** Keeps one connection to the bridge, and opens another one when it is lost. */
export class SocketLink {
  readonly #deps: SocketLinkDeps;
  #state: LinkState = { kind: "connecting" };
  readonly #changed = new Emitter<void>();
  /** Fires after each connection, loss and end. */
  readonly onDidChange = this.#changed.event;
  /** Resolves when the link has ended, and its last connection is closed. */
  readonly ended: Promise<void>;

  constructor(deps: SocketLinkDeps) {
    this.#deps = deps;
    this.ended = this.#run().catch((error: unknown) => this.#change({ kind: "ended", error }));
  }

  get state(): LinkState {
    return this.#state;
  }

  /**
   * Resolves with the connection when there is one.
   * @throws KiroBridgeError after the deadline; the error with which the link has ended; the signal's reason
   */
  async connected(signal: AbortSignal, timeoutMs: number): Promise<LinkConnection> {
    return await waitFor<LinkConnection>((resolve, reject) => {
      const look = (): void => {
        if (this.#state.kind === "open") resolve(this.#state.current);
        else if (this.#state.kind === "ended") reject(this.#state.error);
      };
      look();
      const store = new DisposableStore();
      store.add(this.onDidChange(look));
      store.add(startDeadline(timeoutMs, () => reject(unreached(timeoutMs))));
      return store;
    }, signal);
  }

  async #run(): Promise<never> {
    const { open, backoff } = this.#deps;
    for (;;) {
      try {
        const socket = await open();
        backoff.connected();
        await backoff.pause(await this.#use(socket));
      } catch (error) {
        await backoff.pause(error);
      }
    }
  }

  /** Uses a socket until it is closed. Returns the reason. */
  async #use(socket: OpenSocket): Promise<KiroBridgeError> {
    const { backoff, signal } = this.#deps;
    const connection = new Connection<SocketMethods>(socket.transport);
    const current: LinkConnection = { connection, ready: socket.ready, host: socket.host, readyAt: performance.now() };
    const ending = onAbort(signal, (reason) => {
      connection.close(reason);
      socket.close();
    });
    this.#change({ kind: "open", current });
    const error = await socket.closed;
    void ending.dispose();
    if (performance.now() - current.readyAt >= STABLE_MS) backoff.reset();
    current.lostWith = error;
    this.#change({ kind: "connecting" });
    connection.close(error);
    return error;
  }

  #change(state: LinkState): void {
    this.#state = state;
    this.#changed.fire();
  }
}

function unreached(timeoutMs: number): KiroBridgeError {
  const message = `The connection to Kiro Bridge was lost, and not restored within ${timeoutMs} ms.`;
  return new KiroBridgeError("NETWORK_ERROR", message, { recoverable: true });
}
