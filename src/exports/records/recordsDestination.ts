import { type Destination, DeliveryFailure, type Receipt } from "../delivery/destination.ts";
import { withinTime } from "../delivery/withinTime.ts";
import type { Fact, RunFact } from "../outbox/fact.ts";
import type { DestinationPorts } from "../ports.ts";
import type { RecordStore } from "./recordStore.ts";
import { problemOfId, recordOf, testRecord } from "./runRecord.ts";

/** Items that are written at once, in one call of `send`. */
const AT_ONCE = 8;

/** The events after which an item is written: start, question, and end. */
const recorded: ReadonlySet<string> = new Set([
  "command-queued",
  "command-started",
  "user-input-required",
  "input-accepted",
  "input-expired",
  "command-completed",
  "command-error",
  "command-cancelled",
] satisfies Fact["event"]["type"][]);

export interface RecordsOptions {
  readonly store: RecordStore;
  /** The store in a sentence: `The table 'runs'`. */
  readonly place: string;
  readonly ttlDays: number | undefined;
  readonly ports: Pick<DestinationPorts, "windowId" | "now">;
}

/** Creates a destination with one item for each execution, of which the newest state is kept. */
export function recordsDestination({ store, place, ttlDays, ports }: RecordsOptions): Destination {
  return {
    limits: { maxFacts: 64, maxLength: 512 * 1024, concurrency: 2 },
    wantsLatestOnly: true,
    wants: (type) => recorded.has(type),
    send: async (facts, signal) => {
      const newest = newestOf(facts);
      const refused = await withinTime(place, signal, (limit) => writeAll(newest, { store, ttlDays }, limit));
      return { outcome: "stored", ...(refused.length > 0 && { refused }) };
    },
    test: async (signal) => {
      const record = testRecord(ports.windowId, ports.now(), ttlDays);
      await withinTime(place, signal, (limit) => store.write(record, limit));
      return { outcome: "stored", detail: `${place} has the item '${record.id}'.` };
    },
    dispose: () => store.dispose(),
  };
}

/** Returns one fact for each execution: the state that replaces the others. */
function newestOf(facts: readonly Fact[]): readonly RunFact[] {
  const newest = new Map<string, RunFact>();
  for (const fact of facts) {
    if (!isRunFact(fact)) continue;
    const known = newest.get(fact.run.executionId);
    if (known === undefined || known.run.sequence <= fact.run.sequence) newest.set(fact.run.executionId, fact);
  }
  return [...newest.values()];
}

function isRunFact(fact: Fact): fact is RunFact {
  return fact.run !== undefined;
}

type Refused = NonNullable<Receipt["refused"]>[number];

/** Writes items, several at once. After a failure no other one is begun. @returns those that the store never takes */
async function writeAll(
  facts: readonly RunFact[],
  { store, ttlDays }: Pick<RecordsOptions, "store" | "ttlDays">,
  signal: AbortSignal,
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  const waiting = facts.values();
  let hasFailed = false;
  const writer = async (): Promise<void> => {
    for (const fact of waiting) {
      if (hasFailed) return;
      try {
        const reason = problemOfId(fact.run.executionId);
        if (reason === undefined) await store.write(recordOf(fact, ttlDays), signal);
        else refused.push({ id: fact.id, reason });
      } catch (error) {
        if (error instanceof DeliveryFailure && error.kind === "refused")
          refused.push({ id: fact.id, reason: error.message });
        else {
          hasFailed = true;
          throw error;
        }
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, writer));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return refused;
}
