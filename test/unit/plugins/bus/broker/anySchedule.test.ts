import assert from "node:assert/strict";
import fc from "fast-check";
import type { MessageBroker } from "../../../../../src/plugins/bus/broker/messageBroker.ts";
import type { BusParticipant, BusSubscription } from "../../../../../src/plugins/bus/participant.ts";
import { embeddedBroker } from "../../../../support/plugins/busUnderTest.ts";

const names = ["one", "two", "three"] as const;
const segment = fc.constantFrom("a", "b");
const topic = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("/"));
const pattern = fc
  .array(fc.oneof(segment, fc.constantFrom("*", "**")), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join("/"));
const name = fc.constantFrom(...names);

const step = fc.oneof(
  fc.record({ kind: fc.constant("subscribe" as const), name, pattern, group: fc.option(fc.constantFrom("g", "h")) }),
  fc.record({ kind: fc.constant("unsubscribe" as const), index: fc.nat(20) }),
  fc.record({ kind: fc.constant("publish" as const), name, topic, destination: fc.option(name) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A subscription with what it received, and what a plain model of the bus gives it. */
interface Watched {
  readonly name: string;
  readonly pattern: string;
  readonly group: string | null;
  readonly subscription: BusSubscription;
  readonly received: number[];
  readonly expected: number[];
  isOpen: boolean;
}

/** Matches as the words of the documentation say, by trying all splits. */
function isMatch(pattern: readonly string[], topic: readonly string[]): boolean {
  const [wanted, ...others] = pattern;
  if (wanted === undefined) return topic.length === 0;
  if (wanted === "**") return [...topic, ""].some((_, at) => isMatch(others, topic.slice(at)));
  const [found, ...rest] = topic;
  return found !== undefined && (wanted === "*" || wanted === found) && isMatch(others, rest);
}

class Schedule {
  readonly watched: Watched[] = [];
  /** Messages of each group, and which of its members may have received them. */
  readonly grouped: { readonly number: number; readonly members: readonly Watched[] }[] = [];
  readonly #participants: ReadonlyMap<string, BusParticipant>;
  #published = 0;

  constructor(broker: MessageBroker) {
    const identity = { mayPublish: () => true, maySubscribe: () => true };
    this.#participants = new Map(
      names.map((name) => [name, broker.attach({ ...identity, name, principalId: name })] as const),
    );
  }

  async run(step: Step): Promise<void> {
    if (step.kind === "subscribe") this.#subscribe(step);
    else if (step.kind === "unsubscribe") this.#unsubscribe(step.index);
    else await this.#publish(step);
  }

  #subscribe({ name, pattern, group }: Extract<Step, { kind: "subscribe" }>): void {
    const received: number[] = [];
    const subscription = this.#of(name).subscribe(pattern, ({ message }) => void received.push(message.payload), {
      group: group ?? undefined,
    });
    this.watched.push({ name, pattern, group, subscription, received, expected: [], isOpen: true });
  }

  #unsubscribe(index: number): void {
    const watched = this.watched[index % Math.max(1, this.watched.length)];
    if (watched === undefined) return;
    watched.isOpen = false;
    watched.subscription.unsubscribe();
  }

  async #publish({ name, topic, destination }: Extract<Step, { kind: "publish" }>): Promise<void> {
    const number = this.#published++;
    const wanting = this.watched.filter(
      (watched) =>
        watched.isOpen &&
        (destination === null || destination === watched.name) &&
        isMatch(watched.pattern.split("/"), topic.split("/")),
    );
    for (const [group, members] of Map.groupBy(wanting, (watched) => watched.group)) {
      if (group === null) for (const member of members) member.expected.push(number);
      else this.grouped.push({ number, members });
    }
    await this.#of(name).publish({ topic, payload: number, destination: destination ?? undefined });
  }

  #of(name: string): BusParticipant {
    return this.#participants.get(name) ?? assert.fail("a participant");
  }
}

describe("The broker of the bus, in any schedule", () => {
  it("gives each message once and in order to each subscription, and once to each group", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const schedule = new Schedule(embeddedBroker());
        for (const each of steps) await schedule.run(each);
        for (const { group, received, expected } of schedule.watched) {
          if (group === null) assert.deepEqual(received, expected);
          assert.deepEqual(
            received,
            [...received].toSorted((a, b) => a - b),
          );
        }
        for (const { number, members } of schedule.grouped) {
          assert.equal(members.filter(({ received }) => received.includes(number)).length, 1);
        }
        const toGroups = schedule.watched.filter(({ group }) => group !== null).flatMap(({ received }) => received);
        assert.equal(toGroups.length, schedule.grouped.length);
      }),
      { numRuns: 300 },
    );
  });
});
