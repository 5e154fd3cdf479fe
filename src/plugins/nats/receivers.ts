import type { Msg } from "@nats-io/nats-core";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { matchesTopic, segmentsOfTopic } from "../bus/topics.ts";
import type { Deliver, Packet, ReplyPort, TransportSubscription } from "../bus/transport.ts";
import { decodeMessage } from "./envelope.ts";
import type { NatsLink } from "./link.ts";
import { isExact, type Subjects, tokenOf } from "./subjects.ts";

interface Receiver {
  readonly subscription: TransportSubscription;
  readonly deliver: Deliver;
  /** Segments of the pattern, where the subject is wider than the pattern. */
  readonly segments: readonly string[] | undefined;
}

/** The receivers of one subject in this process, for which there is one subscription of the server. */
interface Group {
  /** The highest priority first. */
  receivers: readonly Receiver[];
  /** Of a queue group, where the next message goes. */
  next: number;
  readonly ending: Disposable;
}

export interface ReceiversDeps {
  readonly link: NatsLink;
  readonly subjects: Subjects;
  /** Opens the answers to a request: returns a port for each receiver, and is told when all have it. */
  readonly answer: (reply: string, packet: Packet) => { port(): ReplyPort; delivered(): void };
  readonly logger: Logger;
}

/** The subscriptions of this process: one of the server for each subject and queue group. */
export class Receivers {
  readonly #deps: ReceiversDeps;
  readonly #groups = new Map<string, Group>();

  constructor(deps: ReceiversDeps) {
    this.#deps = deps;
  }

  add(subscription: TransportSubscription, deliver: Deliver): Disposable {
    const { pattern, name, group } = subscription;
    const segments = isExact(pattern) ? undefined : segmentsOfTopic(pattern);
    const receiver: Receiver = { subscription, deliver, segments };
    const queue = group === undefined ? undefined : tokenOf(group);
    const subjects = this.#deps.subjects.ofPattern(pattern, name);
    const endings = subjects.map((subject) => this.#addTo(subject, queue, receiver));
    return toDisposable(() => {
      for (const ending of endings) void ending.dispose();
    });
  }

  #addTo(subject: string, queue: string | undefined, receiver: Receiver): Disposable {
    const key = `${queue ?? ""} ${subject}`;
    const group = this.#groups.get(key) ?? this.#begin(key, subject, queue);
    group.receivers = [...group.receivers, receiver].toSorted(
      (a, b) => b.subscription.priority - a.subscription.priority,
    );
    return toDisposable(() => {
      group.receivers = group.receivers.filter((other) => other !== receiver);
      if (group.receivers.length > 0) return;
      this.#groups.delete(key);
      void group.ending.dispose();
    });
  }

  #begin(key: string, subject: string, queue: string | undefined): Group {
    const receive = (message: Msg): void => this.#receive(group, message, queue !== undefined);
    const group: Group = { receivers: [], next: 0, ending: this.#deps.link.subscribe(subject, queue, receive) };
    this.#groups.set(key, group);
    return group;
  }

  #receive(group: Group, { data, reply }: Msg, isQueue: boolean): void {
    const packet = decodeMessage(data);
    if (packet === undefined) return this.#deps.logger.debug("A message on the NATS server is not one of a bridge");
    const chosen = receiversOf(group, packet, isQueue);
    // A request, or the publish of a durable message, which is answered by the server.
    const isRequest = packet.message.messageType === "request" && this.#deps.subjects.isInbox(reply);
    const answers = isRequest && reply !== undefined ? this.#deps.answer(reply, packet) : undefined;
    for (const { deliver } of chosen) {
      try {
        deliver(packet, answers?.port());
      } catch (error) {
        // The client would stop reading.
        this.#deps.logger.error("A message could not be delivered", { error: messageOf(error) });
      }
    }
    answers?.delivered();
  }
}

function receiversOf(group: Group, packet: Packet, isQueue: boolean): readonly Receiver[] {
  const { receivers } = group;
  const [first] = receivers;
  if (first !== undefined && receivers.length === 1) return takes(first, packet) ? receivers : [];
  const taking = receivers.filter((receiver) => takes(receiver, packet));
  if (!isQueue || taking.length < 2) return taking;
  group.next += 1;
  return taking.slice(group.next % taking.length).slice(0, 1);
}

function takes({ subscription, segments }: Receiver, { message }: Packet): boolean {
  if (segments !== undefined && !matchesTopic(segments, segmentsOfTopic(message.topic))) return false;
  return subscription.accepts?.(message) ?? true;
}
