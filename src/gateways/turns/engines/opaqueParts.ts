import { type Clock, systemClock } from "../../../base/clock.ts";
import { weightOf } from "../../../core/executions/weight.ts";
import type { AssistantPart } from "../../../core/models/step.ts";

/** Time in milliseconds for a client to send the results of its tools. */
const KEPT_MS = 60 * 60_000;
const MOST_STEPS = 1000;
const MAX_WEIGHT = 16 * 1024 * 1024;

interface Step {
  readonly parts: readonly AssistantPart[];
  readonly weight: number;
  readonly expiresAt: number;
}

/**
 * Remembers the steps with parts that must go back to the model unchanged, such as reasoning with its signature, and that the
 * protocol of the client has no place for. A client that sends the result of a call sends the ID of the call. A principal
 * only gets its own.
 */
export class OpaqueParts {
  readonly #clock: Clock;
  /** By principal and first call, oldest first. */
  readonly #steps = new Map<string, Step>();
  #weight = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Keeps a step of a model, if it has calls and opaque parts. */
  keep(principalId: string, parts: readonly AssistantPart[]): void {
    const [first] = callIdsIn(parts);
    if (first === undefined || !parts.some(({ type }) => type === "opaque")) return;
    const key = keyOf(principalId, first);
    const weight = weightOf(parts);
    this.#delete(key);
    this.#steps.set(key, { parts, weight, expiresAt: this.#clock.now() + KEPT_MS });
    this.#weight += weight;
    this.#evict();
  }

  /** Returns the step that had these calls; undefined if it is not known, or had others. */
  find(principalId: string, callIds: readonly string[]): readonly AssistantPart[] | undefined {
    const step = this.#steps.get(keyOf(principalId, callIds[0] ?? ""));
    if (step === undefined || step.expiresAt <= this.#clock.now()) return undefined;
    const own = callIdsIn(step.parts);
    return own.length === callIds.length && own.every((id, index) => id === callIds[index]) ? step.parts : undefined;
  }

  #evict(): void {
    const now = this.#clock.now();
    for (const [key, { expiresAt }] of this.#steps) {
      if (expiresAt > now && this.#steps.size <= MOST_STEPS && this.#weight <= MAX_WEIGHT) return;
      this.#delete(key);
    }
  }

  #delete(key: string): void {
    this.#weight -= this.#steps.get(key)?.weight ?? 0;
    this.#steps.delete(key);
  }
}

function callIdsIn(parts: readonly AssistantPart[]): readonly string[] {
  return parts.flatMap((part) => (part.type === "call" ? [part.id] : []));
}

function keyOf(principalId: string, callId: string): string {
  return JSON.stringify([principalId, callId]);
}
