import { systemClock } from "../../../../src/base/clock.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { Principal } from "../../../../src/core/access/principal.ts";
import { MessageBroker } from "../../../../src/plugins/bus/broker/messageBroker.ts";
import type { ChannelListener, TextChannel } from "../../../../src/plugins/bus/remote/textChannel.ts";
import type { BusTransport } from "../../../../src/plugins/bus/transport.ts";
import type { SessionConnection } from "../../../../src/plugins/endpoints/session/busSession.ts";
import { BusSessions } from "../../../../src/plugins/endpoints/session/busSessions.ts";
import { BridgeError, isBridgeError } from "../../../../src/protocol/errors.ts";

const unreachable = (): BridgeError => new BridgeError("KIRO_UNAVAILABLE", "The bridge cannot be reached.");

/** The bus of one bridge with the sessions of its plugins, as the WebSocket `/bus` has them, without sockets. */
export class ChaosBridge {
  readonly broker: MessageBroker;
  readonly #sessions: BusSessions;
  readonly #channels = new Set<MemoryChannel>();
  #isDead = false;

  constructor(transport: BusTransport) {
    this.broker = new MessageBroker({ transport, clock: systemClock, logger: silentLogger });
    const attach = this.broker.attach.bind(this.broker);
    const deps = { whenHere: () => Promise.resolve(attach), clock: systemClock };
    this.#sessions = new BusSessions(deps, { maxPayloadBytes: 1024 * 1024 });
  }

  connect(principal: Principal, query: string, listener: ChannelListener): MemoryChannel {
    const channel = new MemoryChannel(listener);
    if (this.#isDead) {
      channel.cut();
      return channel;
    }
    this.#channels.add(channel);
    void this.#open(principal, query, channel);
    return channel;
  }

  /** Ends all connections without a word. What the bridge does afterwards reaches nobody. */
  die(): void {
    this.#isDead = true;
    for (const channel of this.#channels) channel.cut();
    this.#channels.clear();
  }

  async dispose(): Promise<void> {
    this.die();
    this.#sessions.dispose();
    await this.broker.dispose();
  }

  async #open(principal: Principal, query: string, channel: MemoryChannel): Promise<void> {
    try {
      const caller = { principal, isWindow: false, failed };
      const { session, received } = await this.#sessions.open(caller, Object.fromEntries(new URLSearchParams(query)));
      if (channel.isCut) return;
      channel.begin(
        (text) => session.receive(JSON.parse(text)),
        () => session.detach(channel, false),
      );
      session.attach(channel, received);
    } catch (error) {
      channel.close(failed(error));
    }
  }
}

function failed(error: unknown): BridgeError {
  return isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR", String(error));
}

/** Carries texts between two ends in one process, in later turns of the event loop; a cut loses what is on its way. */
export class MemoryChannel implements TextChannel, SessionConnection {
  readonly waitingBytes = 0;
  readonly #listener: ChannelListener;
  readonly #toPlugin: string[] = [];
  readonly #toBridge: string[] = [];
  #receive: ((text: string) => void) | undefined;
  #onCut: () => void = () => undefined;
  #isScheduled = false;
  isCut = false;

  constructor(listener: ChannelListener) {
    this.#listener = listener;
  }

  /** The bridge listens. */
  begin(receive: (text: string) => void, onCut: () => void): void {
    this.#receive = receive;
    this.#onCut = onCut;
  }

  /** One of both ends sends: the bridge with the type and number of a frame. */
  send(text: string, type?: string): void {
    if (this.isCut) return;
    (type === undefined ? this.#toBridge : this.#toPlugin).push(text);
    if (!this.#isScheduled) setImmediate(() => this.#carry());
    this.#isScheduled = true;
  }

  cut(): void {
    this.close(unreachable());
  }

  close(error: BridgeError = unreachable()): void {
    if (this.isCut) return;
    this.isCut = true;
    this.#onCut();
    setImmediate(() => this.#listener.onClose(error));
  }

  onceDrained(listener: () => void): void {
    setImmediate(listener);
  }

  resume(): void {
    // It is never paused.
  }

  #carry(): void {
    this.#isScheduled = false;
    for (const text of this.#toPlugin.splice(0)) if (!this.isCut) this.#listener.onMessage(text);
    for (const text of this.#toBridge.splice(0)) if (!this.isCut) this.#receive?.(text);
  }
}
