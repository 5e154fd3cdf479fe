import { randomUUID } from "node:crypto";
import { within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { BusTransport, Deliver, Packet, Requester, SentRequest, TransportSubscription } from "../bus/transport.ts";
import { NatsDurable } from "./durable/natsDurable.ts";
import { encodeMessage } from "./envelope.ts";
import { type LinkDeps, type LinkOptions, NatsLink } from "./link.ts";
import { Receivers } from "./receivers.ts";
import { Answers } from "./requests/answers.ts";
import { Requests } from "./requests/requests.ts";
import { NatsState } from "./state/natsState.ts";
import { Subjects } from "./subjects.ts";

/** Time for which the start waits for the first connection. Later, the bus goes on without one. */
const FIRST_CONNECTION_MS = 3000;

export interface NatsTransportOptions extends Omit<LinkOptions, "clientName"> {
  /** Begins all names on the server: another bus on the same server has another one. */
  readonly prefix: string;
}

export type NatsTransportDeps = Omit<LinkDeps, "nats">;

/** The bus on a NATS server: all bridges with the same servers and prefix are one bus. */
export class NatsTransport implements BusTransport {
  readonly kind = "nats";
  readonly durable: NatsDurable;
  readonly state: NatsState;
  readonly #store = new DisposableStore();
  readonly #link: NatsLink;
  readonly #subjects: Subjects;
  readonly #receivers: Receivers;
  readonly #requests: Requests;

  private constructor(deps: LinkDeps, { prefix, ...options }: NatsTransportOptions) {
    const { logger, nats } = deps;
    const clientId = randomUUID();
    const subjects = new Subjects(prefix);
    const link = this.#store.add(new NatsLink(deps, { ...options, clientName: `Kiro Bridge (${prefix})` }));
    const answers = this.#store.add(new Answers({ link, subjects, clientId }));
    this.#requests = this.#store.add(new Requests({ link, subjects, clientId }));
    const answer = answers.of.bind(answers);
    this.#receivers = new Receivers({ link, subjects, answer, logger });
    this.durable = this.#store.add(new NatsDurable({ nats, link, subjects, logger }, { prefix }));
    this.state = new NatsState({ nats, link }, { bucket: `${prefix}_state` });
    this.#link = link;
    this.#subjects = subjects;
  }

  /** Loads the client and connects. Resolves without a connection if there is none soon: `status` has the reason. */
  static async connect(deps: NatsTransportDeps, options: NatsTransportOptions): Promise<NatsTransport> {
    const nats = await import("./natsLibrary.ts");
    const transport = new NatsTransport({ ...deps, nats }, options);
    await within(transport.#link.attempted, FIRST_CONNECTION_MS, undefined);
    if (transport.status.state === "connected") await transport.durable.ready(AbortSignal.timeout(FIRST_CONNECTION_MS));
    return transport;
  }

  get status() {
    return this.#link.status;
  }

  get onDidChangeStatus() {
    return this.#link.onDidChangeStatus;
  }

  publish(packet: Packet): Promise<undefined> | undefined {
    const { topic, destination } = packet.message;
    if (this.durable.isDurable(topic)) return this.durable.append(packet);
    const data = encodeMessage(packet.message);
    const sent = this.#link.publish({ subject: this.#subjects.ofMessage("live", topic, destination), data });
    return sent?.then(() => undefined);
  }

  subscribe(subscription: TransportSubscription, deliver: Deliver): Disposable {
    return this.#receivers.add(subscription, deliver);
  }

  request(packet: Packet, requester: Requester): SentRequest {
    return this.#requests.send(packet, requester);
  }

  /**
   * Resolves when the server knows the subscriptions and has what was published, and this bridge knows what others have
   * declared. @throws BridgeError KIRO_UNAVAILABLE
   */
  async flush(): Promise<void> {
    await this.durable.flush();
    await this.#link.flush();
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
  }
}
