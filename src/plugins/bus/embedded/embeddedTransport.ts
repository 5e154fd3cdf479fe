import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import { noEvent } from "../../../base/events.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Packet } from "../packet.ts";
import type {
  BusTransport,
  Deliver,
  DurableStore,
  DurableTopics,
  Requester,
  SentRequest,
  TransportStatus,
  TransportSubscription,
} from "../transport.ts";
import { EmbeddedRequest } from "./embeddedRequest.ts";
import { type Route, RoutedSubscription, Routes } from "./routes.ts";

const CONNECTED: TransportStatus = { state: "connected" };
const NOTHING_SENT: SentRequest = { cancel: () => undefined };

/** Carries messages within this process, synchronously. Durable ones go through a store. */
export class EmbeddedTransport implements BusTransport {
  readonly kind = "embedded";
  readonly status = CONNECTED;
  readonly onDidChangeStatus = noEvent;
  readonly durable: DurableTopics | undefined;
  readonly #store: DurableStore | undefined;
  readonly #routes: Routes;

  /** Owns the store. */
  constructor(store?: DurableStore) {
    this.#store = store;
    this.#routes = new Routes((topic) => store?.isDurable(topic) ?? false);
    this.durable = store;
    store?.onDidChangeTopics(() => this.#routes.forget());
  }

  publish(packet: Packet): Promise<undefined> | number {
    const route = this.#routes.find(packet.message.topic);
    return route.isDurable && this.#store !== undefined ? this.#keep(packet, this.#store) : send(packet, route);
  }

  subscribe(subscription: TransportSubscription, deliver: Deliver): Disposable {
    const routed = new RoutedSubscription(subscription, deliver);
    this.#routes.add(routed);
    return toDisposable(() => this.#routes.remove(routed));
  }

  request(packet: Packet, requester: Requester): SentRequest {
    const { message } = packet;
    const responders = recipientsOf(packet, this.#routes.find(message.topic));
    if (responders.length === 0) {
      requester.onFailed(noResponder(message.topic, message.destination));
      return NOTHING_SENT;
    }
    const request = new EmbeddedRequest(requester, responders.length);
    for (const responder of responders) request.deliver(packet, responder);
    return request;
  }

  async dispose(): Promise<void> {
    await this.#store?.dispose();
  }

  /** Stores a message for its durable consumers before others receive it. */
  async #keep(packet: Packet, store: DurableStore): Promise<undefined> {
    await store.append(packet);
    send(packet, this.#routes.find(packet.message.topic));
  }
}

function send(packet: Packet, { single, groups }: Route): number {
  const { message } = packet;
  let reached = 0;
  for (const subscription of single) {
    if (!subscription.wants(message)) continue;
    subscription.deliver(packet, undefined);
    reached += 1;
  }
  for (const group of groups) {
    const member = group.choose(message);
    if (member === undefined) continue;
    member.deliver(packet, undefined);
    reached += 1;
  }
  return reached;
}

function recipientsOf({ message }: Packet, { single, groups }: Route): readonly RoutedSubscription[] {
  const chosen = groups.map((group) => group.choose(message)).filter((member) => member !== undefined);
  return [...single.filter((subscription) => subscription.wants(message)), ...chosen];
}

function noResponder(topic: string, destination: string): BridgeError {
  return new BridgeError("NOT_FOUND", `No plugin answers requests on ${topic}.`, {
    reason: "no-responder",
    topic,
    destination,
  });
}
