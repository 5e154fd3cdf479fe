import { type Clock, systemClock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { weightOf } from "../../../core/executions/weight.ts";
import type { Message } from "../../turns/turn.ts";
import { type OutputItem, responseStartOf } from "./outputItems.ts";
import type { ResponseBody } from "./responseBody.ts";

export const KEPT_MS = 60 * 60 * 1000;
/** Maximum number of responses of each principal. */
export const MAX_RESPONSES = 500;
/** Maximum weight of the responses of each principal, and of all, in characters. */
export const MAX_WEIGHT = 16 * 1024 * 1024;
export const MAX_TOTAL_WEIGHT = 64 * 1024 * 1024;

/** A conversation that a later request can continue. */
export interface KeptConversation {
  readonly id: string;
  readonly instructions: string | undefined;
  /** From the beginning to the answer. */
  readonly messages: readonly Message[];
}

export interface KeptResponse {
  readonly body: ResponseBody;
  /** Undefined unless the response was completed. */
  readonly conversation?: KeptConversation;
}

interface Entry {
  readonly kept: KeptResponse;
  readonly weight: number;
  readonly expiresAt: number;
}

/** The responses of one principal by ID, oldest first. */
type Entries = Map<string, Entry>;

/**
 * Keeps responses in memory for an hour, so that their clients can read, continue and delete them. A principal sees only
 * its own. The number and the weight of the responses of a principal, and the weight of all, are limited: the oldest
 * ones are evicted first.
 */
export class KeptResponses implements Disposable {
  readonly #clock: Clock;
  readonly #principals = new Map<string, Entries>();
  #timer: Disposable | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Keeps a response, in place of its earlier state. */
  keep(principalId: string, kept: KeptResponse): void {
    const entries = this.#principals.get(principalId) ?? new Map<string, Entry>();
    this.#principals.delete(principalId);
    this.#principals.set(principalId, entries);
    entries.delete(kept.body.id);
    entries.set(kept.body.id, { kept, weight: weightOf(kept), expiresAt: this.#clock.now() + KEPT_MS });
    while (entries.size > 1 && (entries.size > MAX_RESPONSES || weigh(entries) > MAX_WEIGHT)) evictOldest(entries);
    this.#limitTotal();
    this.#timer ??= this.#clock.after(KEPT_MS, () => this.#expire());
  }

  get(principalId: string, responseId: string): KeptResponse | undefined {
    const entry = this.#principals.get(principalId)?.get(responseId);
    return entry !== undefined && entry.expiresAt > this.#clock.now() ? entry.kept : undefined;
  }

  /** Returns the newest completed response of a conversation. */
  newestOf(principalId: string, conversationId: string): KeptResponse | undefined {
    return [...(this.#principals.get(principalId)?.values() ?? [])].findLast(
      ({ kept, expiresAt }) => kept.conversation?.id === conversationId && expiresAt > this.#clock.now(),
    )?.kept;
  }

  findItem(principalId: string, itemId: string): OutputItem | undefined {
    const start = `resp_${responseStartOf(itemId)}`;
    const responseId = [...(this.#principals.get(principalId)?.keys() ?? [])].find((id) => id.startsWith(start)) ?? "";
    return this.get(principalId, responseId)?.body.output.find(({ id }) => id === itemId);
  }

  /** Returns false if there was none. */
  delete(principalId: string, responseId: string): boolean {
    const isKept = this.get(principalId, responseId) !== undefined;
    this.#principals.get(principalId)?.delete(responseId);
    return isKept;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#principals.clear();
  }

  /** Evicts from the principals that have not kept anything for the longest time. */
  #limitTotal(): void {
    let total = 0;
    for (const entries of this.#principals.values()) total += weigh(entries);
    for (const [id, entries] of this.#principals) {
      while (total > MAX_TOTAL_WEIGHT && entries.size > 0 && this.#principals.size > 1) total -= evictOldest(entries);
      if (entries.size === 0) this.#principals.delete(id);
    }
  }

  #expire(): void {
    this.#timer = undefined;
    for (const [id, entries] of this.#principals) {
      for (const [responseId, { expiresAt }] of entries) {
        if (expiresAt <= this.#clock.now()) entries.delete(responseId);
      }
      if (entries.size === 0) this.#principals.delete(id);
    }
    if (this.#principals.size > 0) this.#timer = this.#clock.after(KEPT_MS, () => this.#expire());
  }
}

function weigh(entries: Entries): number {
  let weight = 0;
  for (const entry of entries.values()) weight += entry.weight;
  return weight;
}

/** @returns its weight */
function evictOldest(entries: Entries): number {
  const [oldest] = entries;
  if (oldest === undefined) return 0;
  entries.delete(oldest[0]);
  return oldest[1].weight;
}
