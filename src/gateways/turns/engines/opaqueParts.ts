import { hash } from "node:crypto";
import { canonicalJson } from "../../../base/canonicalJson.ts";
import { type Clock, systemClock } from "../../../base/clock.ts";
import { weightOf } from "../../../core/executions/weight.ts";
import type { AssistantPart } from "../../../core/models/step.ts";
import { canonicalArguments } from "../session/transcript.ts";

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
 * only gets its own. IDs alone do not tell steps apart: some servers count calls, and begin again in each conversation.
 */
export class OpaqueParts {
  readonly #clock: Clock;
  /** By their keys, oldest first. */
  readonly #steps = new Map<string, Step>();
  #weight = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Keeps a step of a model, if it has calls and opaque parts. */
  keep(principalId: string, parts: readonly AssistantPart[]): void {
    if (!parts.some(({ type }) => type === "call") || !parts.some(({ type }) => type === "opaque")) return;
    const key = keyOf(principalId, parts);
    const weight = weightOf(parts);
    this.#delete(key);
    this.#steps.set(key, { parts, weight, expiresAt: this.#clock.now() + KEPT_MS });
    this.#weight += weight;
    this.#evict();
  }

  /** Returns the step that a client has sent back without its opaque parts; undefined if it is not known. */
  find(principalId: string, parts: readonly AssistantPart[]): readonly AssistantPart[] | undefined {
    const step = this.#steps.get(keyOf(principalId, parts));
    return step === undefined || step.expiresAt <= this.#clock.now() ? undefined : step.parts;
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

/** Returns a key of what clients send back of a step. They may change the space in its text, and how its arguments are written. */
function keyOf(principalId: string, parts: readonly AssistantPart[]): string {
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  const calls = parts.flatMap((part) =>
    part.type === "call" ? [[part.id, part.name, canonicalArguments({ arguments: part.arguments || "{}" })]] : [],
  );
  return hash("sha256", canonicalJson([principalId, text.replaceAll(/\s+/g, ""), calls]));
}
