import { systemClock } from "../../../src/base/clock.ts";
import { type Disposable, DisposableStore } from "../../../src/base/disposables.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { DeliveryLoop } from "../../../src/exports/delivery/deliveryLoop.ts";
import { DeliveryFailure, type FailureKind } from "../../../src/exports/delivery/destination.ts";
import type { Fact } from "../../../src/exports/outbox/fact.ts";
import { TestClock } from "../testClock.ts";
import { FACT_TIME, factOf } from "./facts.ts";
import type { MemorySource, ScriptedDestination } from "./scriptedDestination.ts";

/** Deliveries whose time a test lets pass. */
export class LoopRig implements Disposable {
  readonly clock = TestClock.stopped();
  readonly #loops = new DisposableStore();

  /** Starts the delivery from a source. @param random of delays, at least 0, less than 1 */
  start(destination: ScriptedDestination, source: MemorySource, random = 0): DeliveryLoop {
    const loop = new DeliveryLoop({
      name: "place",
      destination,
      clock: systemClock,
      now: epochTime,
      random: () => random,
      logger: silentLogger,
    });
    loop.read(source);
    return this.#loops.add(loop);
  }

  /** Lets time pass in steps, each with what follows from it. */
  async pass(loop: DeliveryLoop, ms: number, stepMs = ms): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.pass(stepMs);
      await loop.settled();
    }
  }

  async dispose(): Promise<void> {
    await this.#loops.dispose();
    this.clock.release();
  }
}

/** Milliseconds of the Unix epoch, by a clock of a test. */
export function epochTime(): number {
  return FACT_TIME + systemClock.now();
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
