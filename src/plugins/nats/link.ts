import type { ConnectionOptions, Msg, NatsConnection } from "@nats-io/nats-core";
import { within } from "../../base/deadline.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import type { TransportStatus } from "../bus/transport.ts";
import { authenticatorOf, type NatsCredentialsPort } from "./credentials.ts";
import { type Outgoing, Outbox } from "./outbox.ts";
import { type TlsFiles, tlsOf } from "./tls.ts";

export type Nats = typeof import("./natsLibrary.ts");

/** Also how long a server may be silent in the middle of a handshake. */
const DIAL_MS = 5000;
/** A server that answers no ping for twice as long is taken for dead. */
const PING_MS = 5000;
const MAX_PINGS = 2;
const CLOSE_MS = 1000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

export interface LinkOptions {
  readonly servers: readonly string[];
  /** Name of this client in the server's lists. */
  readonly clientName: string;
  readonly tls: TlsFiles;
  /** Bytes that may wait for a connection, or for the confirmation of a slow server. */
  readonly maxWaitingBytes?: number | undefined;
  /** Time in milliseconds for which a publish waits for a slow server. */
  readonly maxWaitMs?: number | undefined;
  /** Interval of pings in milliseconds. */
  readonly pingMs?: number | undefined;
}

export interface LinkDeps {
  readonly nats: Nats;
  /** Read for each connection. */
  readonly credentials: NatsCredentialsPort;
  readonly logger: Logger;
}

/** A subscription of this client, which it makes again on each connection. Its callback never throws. */
interface LinkSubscription {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly callback: (message: Msg) => void;
  ended?: () => void;
}

type LinkState =
  | { readonly kind: "connecting"; readonly since: string; readonly reason: string }
  | { readonly kind: "connected"; readonly connection: NatsConnection }
  | { readonly kind: "closed"; readonly reason: string };

/**
 * The connection to a NATS server, made again whenever it is lost, with the credentials and certificates of that time.
 * What is published in the meantime waits in the `Outbox`.
 */
export class NatsLink implements Disposable {
  readonly #deps: LinkDeps;
  readonly #options: LinkOptions;
  readonly #subscriptions = new Set<LinkSubscription>();
  readonly #outbox: Outbox;
  readonly #didConnect = new Emitter<NatsConnection>();
  readonly #didDisconnect = new Emitter<BridgeError>();
  readonly #didChangeStatus = new Emitter<TransportStatus>();
  #state: LinkState = { kind: "connecting", since: new Date().toISOString(), reason: "not connected yet" };
  #lastError: string | undefined;
  #wake: () => void = () => undefined;
  readonly #attempted = Promise.withResolvers<void>();
  readonly #following: Disposable;
  readonly #loop: Promise<void>;

  constructor(deps: LinkDeps, options: LinkOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#outbox = new Outbox({ maxBytes: options.maxWaitingBytes, maxWaitMs: options.maxWaitMs });
    this.#following = deps.credentials.onDidChange(() => this.#reconnect());
    this.#loop = this.#run();
  }

  /** Resolves after the first attempt, whatever its result. */
  get attempted(): Promise<void> {
    return this.#attempted.promise;
  }

  /** Fires with each connection, before what has waited for it is sent. */
  get onDidConnect() {
    return this.#didConnect.event;
  }

  /** Fires when a connection is lost, with the error for what was pending on it. */
  get onDidDisconnect() {
    return this.#didDisconnect.event;
  }

  get onDidChangeStatus() {
    return this.#didChangeStatus.event;
  }

  get status(): TransportStatus {
    const state = this.#state;
    switch (state.kind) {
      case "connected":
        return { state: "connected", ...(this.#lastError !== undefined && { lastError: this.#lastError }) };
      case "connecting":
        return { state: "reconnecting", since: state.since, buffered: this.#outbox.size, reason: state.reason };
      case "closed":
        return { state: "closed", reason: state.reason };
    }
  }

  get connection(): NatsConnection | undefined {
    return this.#state.kind === "connected" ? this.#state.connection : undefined;
  }

  /** Returns the connection. @throws BridgeError KIRO_UNAVAILABLE without one */
  connected(): NatsConnection {
    if (this.connection === undefined) throw this.unavailable();
    return this.connection;
  }

  /** Resolves with the next connection, or the one that there is. @throws the reason of the signal */
  async nextConnection(signal: AbortSignal): Promise<NatsConnection> {
    if (this.connection !== undefined) return this.connection;
    const { promise, resolve, reject } = Promise.withResolvers<NatsConnection>();
    const connected = this.onDidConnect(resolve);
    const onAborted = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAborted, { once: true });
    if (signal.aborted) onAborted();
    try {
      return await promise;
    } finally {
      void connected.dispose();
      signal.removeEventListener("abort", onAborted);
    }
  }

  unavailable(): BridgeError {
    const reason = this.#state.kind === "connected" ? "the connection was lost" : this.#state.reason;
    return new BridgeError("KIRO_UNAVAILABLE", `The NATS server cannot be reached: ${reason}.`, { reason: "nats" });
  }

  /**
   * Sends a message, or has it wait for a connection. Resolves when the server may be given more.
   * @throws BridgeError KIRO_UNAVAILABLE if too much waits, PAYLOAD_TOO_LARGE if the server does not take so much
   */
  publish(message: Outgoing): Promise<void> | undefined {
    if (this.#state.kind === "closed") throw this.unavailable();
    return this.#outbox.publish(message);
  }

  /** Resolves when the server has what was published before. @throws BridgeError KIRO_UNAVAILABLE */
  async flush(): Promise<void> {
    this.#outbox.flush();
    await this.connected().flush();
  }

  subscribe(subject: string, queue: string | undefined, callback: (message: Msg) => void): Disposable {
    const subscription: LinkSubscription = { subject, queue, callback };
    this.#subscriptions.add(subscription);
    if (this.connection !== undefined) begin(this.connection, subscription, this.#deps.logger);
    return toDisposable(() => {
      this.#subscriptions.delete(subscription);
      subscription.ended?.();
    });
  }

  async dispose(): Promise<void> {
    if (this.#state.kind === "closed") return await this.#loop;
    const connection = this.connection;
    void this.#following.dispose();
    this.#state = { kind: "closed", reason: "the bus was stopped" };
    this.#wake();
    this.#outbox.flush();
    // What was published or rejected last, if the server still takes it.
    await within(connection?.flush().catch(() => undefined) ?? Promise.resolve(), CLOSE_MS, undefined);
    await connection?.close();
    await this.#loop;
    this.#outbox.close();
    this.#didDisconnect.fire(this.unavailable());
    this.#didChangeStatus.fire(this.status);
    for (const emitter of [this.#didConnect, this.#didDisconnect, this.#didChangeStatus]) emitter.dispose();
  }

  async #run(): Promise<void> {
    for (let attempt = 0; this.#state.kind !== "closed"; attempt += 1) {
      const connection = await this.#dial();
      if (connection === undefined) {
        this.#attempted.resolve();
        await this.#pause(attempt);
        continue;
      }
      attempt = 0;
      await this.#use(connection);
    }
  }

  async #dial(): Promise<NatsConnection | undefined> {
    try {
      return await this.#deps.nats.connect(await this.#connectionOptions());
    } catch (error) {
      if (this.#state.kind === "connecting") this.#became({ ...this.#state, reason: messageOf(error) });
      return undefined;
    }
  }

  async #connectionOptions(): Promise<ConnectionOptions> {
    const { nats, credentials } = this.#deps;
    const { servers, clientName, pingMs = PING_MS } = this.#options;
    const authenticator = authenticatorOf(await credentials.read(), nats);
    const tls = await tlsOf(servers, this.#options.tls);
    return {
      servers: [...servers],
      name: clientName,
      reconnect: false,
      timeout: DIAL_MS,
      pingInterval: pingMs,
      maxPingOut: MAX_PINGS,
      noAsyncTraces: true,
      ...(authenticator && { authenticator }),
      ...(tls && { tls }),
    };
  }

  /** Uses a connection until it is lost. */
  async #use(connection: NatsConnection): Promise<void> {
    if (this.#state.kind === "closed") return await connection.close();
    void this.#watchErrors(connection);
    for (const subscription of this.#subscriptions) begin(connection, subscription, this.#deps.logger);
    this.#lastError = undefined;
    this.#state = { kind: "connected", connection };
    this.#didConnect.fire(connection);
    this.#outbox.open(connection);
    this.#became(this.#state);
    this.#attempted.resolve();
    this.#deps.logger.info("Connected to the NATS server", { server: connection.getServer() });
    const error = await connection.closed();
    const unconfirmed = this.#outbox.pause();
    if (this.connection !== connection) return;
    const reason = error instanceof Error ? error.message : "the connection was closed";
    this.#became({ kind: "connecting", since: new Date().toISOString(), reason });
    this.#deps.logger.warn("The connection to the NATS server was lost", { reason, unconfirmed });
    this.#didDisconnect.fire(this.unavailable());
  }

  /** The server reports what it refuses, such as a subject without permission, and keeps the connection. */
  async #watchErrors(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type !== "error") continue;
      this.#lastError = status.error.message;
      this.#deps.logger.warn("The NATS server reports an error", { error: status.error.message });
      this.#didChangeStatus.fire(this.status);
    }
  }

  async #pause(attempt: number): Promise<void> {
    const longestMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
    // Not all bridges at the same moment.
    const delayMs = longestMs / 2 + (Math.random() * longestMs) / 2;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    this.#wake = resolve;
    if (this.#state.kind === "closed") resolve();
    await promise;
    clearTimeout(timer);
  }

  /** Uses other credentials. */
  #reconnect(): void {
    this.#wake();
    void this.connection?.close();
  }

  #became(state: LinkState): void {
    if (this.#state.kind === "closed") return;
    this.#state = state;
    this.#didChangeStatus.fire(this.status);
  }
}

function begin(connection: NatsConnection, subscription: LinkSubscription, logger: Logger): void {
  const { subject, queue, callback } = subscription;
  const active = connection.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error, message) => {
      if (error === null) callback(message);
      else logger.warn("The NATS server ended a subscription", { error: error.message });
    },
  });
  subscription.ended = () => active.unsubscribe();
}
