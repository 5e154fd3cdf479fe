import type { Clock } from "../../../base/clock.ts";
import { pause } from "../../../base/pause.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Untyped } from "../../bus/message.ts";
import type { StateBackend } from "../../bus/transport.ts";
import { HybridClock } from "../hybridClock.ts";
import { giveBack, type Lease, leastOf, lend, RENEW_MS } from "./leases.ts";
import { parseDocument, parseLeases } from "../parseDocument.ts";
import { latestStamp, type StateDocument } from "../stateDocument.ts";
import { invalidState, mergedLimits, stateLimits } from "../stateLimits.ts";
import { STORE_NAME } from "../stateMessages.ts";
import { StateReplica } from "../stateReplica.ts";

const STORED_VERSION = 1;
/** Attempts to write while other bridges write as well. */
const MAX_ATTEMPTS = 30;
const MAX_PAUSE_MS = 50;

/** One document of a backend. */
interface Stored {
  readonly version: typeof STORED_VERSION;
  readonly document: StateDocument;
  readonly leases: readonly Lease[];
}

export interface KeptStateDeps {
  readonly backend: StateBackend;
  readonly clock: Clock;
  /** Returns the time in epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The state of one plugin as the store of a bridge keeps it: in memory, and in a backend that other bridges may write as well.
 * Whatever is read there is merged, so no writer undoes what another one wrote.
 */
export class KeptState {
  readonly name: string;
  readonly #deps: KeptStateDeps;
  readonly #clock: HybridClock;
  readonly #replica: StateReplica;
  #leases: readonly Lease[] = [];
  #isDirty = false;

  constructor(name: string, deps: KeptStateDeps) {
    this.name = name;
    this.#deps = deps;
    this.#clock = new HybridClock(deps.now);
    this.#replica = new StateReplica({ id: STORE_NAME, clock: this.#clock });
  }

  /** True if changes are in memory only. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  get replica(): Pick<
    StateReplica,
    "bytes" | "keys" | "getRegister" | "getCounter" | "getMembers" | "getExport" | "toJSON"
  > {
    return this.#replica;
  }

  /**
   * Merges a change of a plugin in memory.
   * @throws BridgeError VALIDATION_FAILED for a time far in the future, PAYLOAD_TOO_LARGE above twice the limits of a replica
   */
  accept(change: StateDocument): void {
    const latest = latestStamp(change);
    if (latest !== undefined && !this.#clock.accepts(latest)) {
      throw invalidState("The clock of the plugin is minutes ahead of that of the bridge.");
    }
    if (this.#isNearLimits(change)) {
      const merged = new StateReplica({ id: STORE_NAME }, this.#replica.toJSON());
      merged.merge(change);
      parseDocument(merged.toJSON(), mergedLimits);
      merged.checkBytes(mergedLimits.documentBytes);
    }
    this.#replica.merge(change);
    this.#isDirty = true;
  }

  /** Writes an exported value in memory. @throws BridgeError as `accept` */
  export(key: string, value: unknown): void {
    this.#replica.setExport(key, value);
    this.#isDirty = true;
  }

  /** Lends an id to a process of the plugin, and remembers that in the backend. */
  async lend(instance: string): Promise<Lease> {
    const known = this.#leases.find((each) => each.instance === instance);
    if (known !== undefined && this.#deps.now() - known.renewedAt < RENEW_MS / 2) return known;
    const [lease] = await this.#write((leases) => lend(leases, instance, this.#deps.now()));
    if (lease === undefined) throw new BridgeError("INTERNAL_ERROR");
    return lease;
  }

  /** Saves, and takes the id of a process that ends back. */
  async end(instance: string): Promise<void> {
    await this.#write((leases) => giveBack(leases, instance));
  }

  /** Merges what the backend has, and writes what it lacks. @throws BridgeError CONFLICT, or what the backend throws */
  async save(): Promise<void> {
    await this.#write((leases) => leases);
  }

  /** Reads, merges and writes, until nobody else has written in between. */
  async #write(change: (leases: readonly Lease[]) => readonly Lease[]): Promise<readonly Lease[]> {
    const { backend, clock } = this.#deps;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await backend.read(this.name);
      const stored = found === undefined ? undefined : parseStored(found.document);
      if (stored !== undefined) this.#replica.merge(stored.document);
      const before = stored?.leases ?? [];
      const leases = change(before);
      const [first] = leases;
      // A new holder of an id: what earlier ones wrote without the store is void from now on.
      if (first !== undefined && !before.some(({ instance }) => instance === first.instance)) {
        this.#replica.closeBefore(first.replica, leastOf(first));
      }
      this.#isDirty = false;
      const next: Stored = { version: STORED_VERSION, document: this.#replica.toJSON(), leases };
      if (await this.#isWritten(next, found)) {
        this.#leases = leases;
        return leases;
      }
      await pause(clock, Math.random() * MAX_PAUSE_MS, undefined);
    }
    throw new BridgeError("CONFLICT", `Other bridges write the state of ${this.name} all the time.`);
  }

  async #isWritten(next: Stored, found: { document: unknown; revision: string } | undefined): Promise<boolean> {
    if (found === undefined && next.leases.length === 0 && isEmpty(next.document)) return true;
    if (found !== undefined && JSON.stringify(found.document) === JSON.stringify(next)) return true;
    try {
      const isWritten = await this.#deps.backend.write(this.name, next, found?.revision);
      this.#isDirty ||= !isWritten;
      return isWritten;
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }

  #isNearLimits(change: StateDocument): boolean {
    const { keys, bytes } = this.#replica;
    const added = new StateReplica({ id: STORE_NAME }, change);
    const counts = (["registers", "counters", "sets"] as const).map(
      (type) => keys[type].length + added.keys[type].length,
    );
    const members = added.keys.sets.map((key) => this.#replica.getMembers(key).length + added.getMembers(key).length);
    return (
      bytes + added.bytes > stateLimits.documentBytes ||
      Math.max(...counts) > stateLimits.keys ||
      members.some((count) => count > stateLimits.setMembers)
    );
  }
}

function isEmpty(document: StateDocument): boolean {
  return Object.keys(document).length === 1;
}

function parseStored(input: Untyped): Stored {
  const { version, document, leases } = input ?? {};
  if (version !== STORED_VERSION) {
    throw new BridgeError(
      "CONFIGURATION_ERROR",
      "The state was written by another version of the bridge, and is left alone.",
    );
  }
  return { version, document: parseDocument(document, mergedLimits), leases: parseLeases(leases) };
}
