import { EVERYONE } from "../names.ts";
import type { Message } from "../message.ts";
import { matchesTopic, patternOf, segmentsOfTopic } from "../topics.ts";
import type { Deliver, TransportSubscription } from "../transport.ts";

/** Topics whose subscriptions are remembered. */
const MAX_ROUTES = 4096;

export class RoutedSubscription {
  readonly details: TransportSubscription;
  readonly deliver: Deliver;
  readonly #segments: readonly string[];

  constructor(details: TransportSubscription, deliver: Deliver) {
    this.details = details;
    this.deliver = deliver;
    this.#segments = patternOf(details.pattern).segments;
  }

  matches(topic: readonly string[]): boolean {
    return matchesTopic(this.#segments, topic);
  }

  wants(message: Message): boolean {
    const { name, accepts } = this.details;
    return (message.destination === EVERYONE || message.destination === name) && (accepts?.(message) ?? true);
  }
}

/** The members of a queue group: each message goes to the one with the least to do, and they take turns. */
class Group {
  readonly members: RoutedSubscription[] = [];
  #next = 0;

  /** Returns the member that receives a message; none if none wants it. */
  choose(message: Message): RoutedSubscription | undefined {
    let chosen: RoutedSubscription | undefined;
    let least = Number.POSITIVE_INFINITY;
    const first = this.#next;
    for (let tried = 0; tried < this.members.length && least > 0; tried++) {
      const at = (first + tried) % this.members.length;
      const member = this.members[at];
      const waiting = member?.details.waiting?.() ?? 0;
      if (waiting >= least || member?.wants(message) !== true) continue;
      chosen = member;
      least = waiting;
      this.#next = at + 1;
    }
    return chosen;
  }
}

/** The subscriptions of one topic. */
export interface Route {
  readonly single: readonly RoutedSubscription[];
  readonly groups: readonly Group[];
  readonly isDurable: boolean;
}

/** Finds the subscriptions of a topic, and remembers them until subscriptions change. */
export class Routes {
  readonly #subscriptions = new Set<RoutedSubscription>();
  readonly #byTopic = new Map<string, Route>();
  readonly #isDurable: (topic: string) => boolean;

  constructor(isDurable: (topic: string) => boolean) {
    this.#isDurable = isDurable;
  }

  add(subscription: RoutedSubscription): void {
    this.#subscriptions.add(subscription);
    this.forget();
  }

  remove(subscription: RoutedSubscription): void {
    if (this.#subscriptions.delete(subscription)) this.forget();
  }

  /** Has all routes found again. */
  forget(): void {
    this.#byTopic.clear();
  }

  find(topic: string): Route {
    return this.#byTopic.get(topic) ?? this.#build(topic);
  }

  #build(topic: string): Route {
    const segments = segmentsOfTopic(topic);
    const single: RoutedSubscription[] = [];
    const groups = new Map<string, Group>();
    for (const subscription of this.#subscriptions) {
      if (!subscription.matches(segments)) continue;
      const { group: name } = subscription.details;
      if (name === undefined) {
        single.push(subscription);
      } else {
        const group = groups.get(name) ?? new Group();
        group.members.push(subscription);
        groups.set(name, group);
      }
    }
    single.sort((a, b) => b.details.priority - a.details.priority);
    const route = { single, groups: [...groups.values()], isDurable: this.#isDurable(topic) };
    if (this.#byTopic.size >= MAX_ROUTES) this.forget();
    this.#byTopic.set(topic, route);
    return route;
  }
}
