import { isEnd } from "../../../protocol/events.ts";
import type { Fact, RunFact } from "../../outbox/fact.ts";

/** Returns true for the end of an execution, which telemetry is made of. */
export function isEndOfRun(fact: Fact): fact is RunFact {
  return fact.run !== undefined && isEnd(fact.event);
}
