import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { DeliveryLoop } from "../../../src/exports/delivery/deliveryLoop.ts";
import { DeliveryFailure, type FailureKind } from "../../../src/exports/delivery/destination.ts";
import type { Fact } from "../../../src/exports/outbox/fact.ts";
import type { TestClock } from "../testClock.ts";
import { FACT_TIME, factOf } from "./facts.ts";
import type { MemorySource, ScriptedDestination } from "./scriptedDestination.ts";

/** Starts the delivery from a source. @param random of delays, at least 0, less than 1 */
export function startLoop(destination: ScriptedDestination, source: MemorySource, random = 0): DeliveryLoop {
  const loop = new DeliveryLoop({
    name: "place",
    destination,
    clock: systemClock,
    now: epochTime,
    random: () => random,
    logger: silentLogger,
  });
  loop.read(source);
  return loop;
}

/** Milliseconds of the Unix epoch, by a clock of a test. */
export function epochTime(): number {
  return FACT_TIME + systemClock.now();
}

/** Lets time pass in steps, each with what follows from it. */
export async function pass(clock: TestClock, loop: DeliveryLoop, ms: number, stepMs = ms): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.pass(stepMs);
    await loop.settled();
  }
}

/** A fact of an execution, of its own by default. */
export function waitFact(number: number, executionId = `e${number}`): Fact {
  return factOf({ type: "wait-changed", executionId }, number);
}

export function idOf(number: number): string {
  return waitFact(number).id;
}

export function idsOf(...numbers: readonly number[]): string[] {
  return numbers.map(idOf);
}

/** A reply that fails. */
export function failing(kind: FailureKind, details: { status?: number; retryAfterMs?: number } = {}): () => never {
  return () => {
    throw new DeliveryFailure(kind, `It is ${kind}.`, details);
  };
}
