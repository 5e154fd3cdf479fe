import { type Clock, systemClock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { SerialQueue } from "../../../base/serialQueue.ts";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { Message, Untyped } from "../../bus/message.ts";
import type { BusParticipant, BusSubscription } from "../../bus/participant.ts";
import type { StateBackend } from "../../bus/transport.ts";
import { digestOf } from "../digest.ts";
import { KeptState } from "./keptState.ts";
import { leastOf } from "./leases.ts";
import { parseDocument } from "../parseDocument.ts";
import { exportKey, exportNameOf, majorIn, notShared, type SharingRules, satisfies, versionOf } from "./sharing.ts";
import { type RegisterEntry, withoutExports } from "../stateDocument.ts";
import { mergedLimits } from "../stateLimits.ts";
import {
  type ImportedState,
  parseSnapshotRequest,
  replyOf,
  type Snapshot,
  type StateReply,
  type StateRequestKind,
  STORE_NAME,
  STORE_TOPIC,
  stateTopic,
} from "../stateMessages.ts";

/** Milliseconds from the first change that is not saved to the save. */
const SAVE_AFTER_MS = 250;
const SAVE_AGAIN_MS = 5000;
/** Plugins whose state is in memory, apart from those with unsaved changes. */
const MAX_IN_MEMORY = 100;
const MAX_WAITING = 1000;
const PLUGIN = /^[a-z\d][a-z\d-]{0,63}$/;
const KINDS: readonly StateRequestKind[] = ["snapshot", "export", "import"];

export interface StateStoreDeps {
  /** The participant of the bridge. */
  readonly participant: BusParticipant;
  readonly backend: StateBackend;
  readonly sharing: SharingRules;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Returns the time in epoch milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** The state of one plugin as a person sees it. */
export interface StateView {
  readonly plugin: string;
  readonly registers: number;
  readonly counters: number;
  readonly sets: number;
  /** Names with the first number of their versions: `name@1`. */
  readonly exports: readonly string[];
  readonly bytes: number;
}

/**
 * Keeps the states of all plugins: merges their changes, answers their requests, and saves. One for each bridge; several bridges
 * on one bus, or one after the other, may share a backend (docs/decisions/shared-state.md).
 */
export class StateStore implements Disposable {
  readonly #deps: StateStoreDeps;
  readonly #clock: Clock;
  readonly #kept = new Map<string, KeptState>();
  readonly #queues = new Map<string, SerialQueue>();
  readonly #due = new Set<KeptState>();
  readonly #subscriptions: BusSubscription[];
  readonly #watching: Disposable | undefined;
  #timer: Disposable | undefined;
  /** The saving of due states, which the end of the store waits for. */
  #saving = Promise.resolve();
  #waiting = 0;
  #hasWarned = false;
  #isDisposed = false;

  constructor(deps: StateStoreDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    const { participant, backend } = deps;
    const onLost = (): void => this.#announce();
    this.#subscriptions = [
      participant.subscribe("state/*/change", ({ message }) => this.#receive(message), { onLost }),
      // Of several bridges on one bus, one answers.
      ...KINDS.map((kind) =>
        participant.subscribe(`state/*/${kind}`, ({ message }) => this.#serve(kind, message), { group: STORE_NAME }),
      ),
    ];
    this.#watching = backend.watch?.((name) => {
      const kept = this.#kept.get(name);
      if (kept !== undefined) this.#saveSoon(kept);
    });
    this.#announce();
  }

  /** Returns the states in memory, in the order of their names. */
  views(): readonly StateView[] {
    return [...this.#kept.values()]
      .map(({ name, replica: { keys, bytes } }) => ({
        plugin: name,
        registers: keys.registers.length,
        counters: keys.counters.length,
        sets: keys.sets.length,
        exports: keys.exports,
        bytes,
      }))
      .toSorted((a, b) => (a.plugin < b.plugin ? -1 : 1));
  }

  /** Saves what is not saved yet, then ends. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    void this.#timer?.dispose();
    await this.#watching?.dispose();
    await this.#saveDue();
  }

  /** Asks all replicas for their documents: the store begins, or messages were lost. */
  #announce(): void {
    const announced = this.#deps.participant.publish({ topic: STORE_TOPIC, payload: { status: "ready" } });
    announced.catch((error: unknown) => this.#warn("The plugins were not told that their state is kept", error));
  }

  #receive(message: Message): Promise<void> | undefined {
    const plugin = pluginIn(message);
    if (plugin === undefined) return undefined;
    return this.#queueOf(plugin)
      .run(async () => {
        const kept = await this.#open(plugin);
        kept.accept(withoutExports(parseDocument(message.payload?.delta, mergedLimits)));
        this.#saveSoon(kept);
      })
      .catch((error: unknown) => {
        this.#deps.logger.warn("A change of the state of a plugin was not kept", { plugin, error: messageOf(error) });
      });
  }

  /** Answers later: the requests of one plugin do not wait for those of another. */
  #serve(kind: StateRequestKind, message: Message): void {
    const { correlationId, payload } = message;
    if (correlationId === undefined) return;
    const plugin = pluginIn(message);
    const answer = async (): Promise<StateReply> => {
      if (plugin === undefined) throw notShared("A plugin asks for its own state only.");
      if (this.#waiting > MAX_WAITING) throw new BridgeError("RATE_LIMIT_EXCEEDED");
      // An import waits for the state that it reads, and not for that of the plugin that asks.
      if (kind === "import") return { result: await this.#import(plugin, payload) };
      return { result: await this.#queueOf(plugin).run(() => this.#answer(kind, plugin, payload)) };
    };
    this.#waiting += 1;
    void answer()
      .catch((error: unknown) => replyOf(error))
      .then((reply) => this.#deps.participant.respond(correlationId, reply))
      .catch((error: unknown) => this.#warn("A request for the state of a plugin was not answered", error))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #answer(kind: "snapshot" | "export", plugin: string, payload: Untyped): Promise<unknown> {
    const kept = await this.#open(plugin);
    return kind === "export" ? await this.#export(kept, payload) : await this.#snapshot(kept, payload);
  }

  async #snapshot(kept: KeptState, payload: Untyped): Promise<Snapshot> {
    const { instance, digest, document, ends } = parseSnapshotRequest(payload, mergedLimits);
    if (document !== undefined) kept.accept(document);
    const lease = await kept.lend(instance);
    if (ends === true) await kept.end(instance);
    else if (document !== undefined) await kept.save();
    const own = withoutExports(kept.replica.toJSON());
    const ownDigest = digestOf(own);
    const isKnown = digest === ownDigest;
    return { replica: lease.replica, least: leastOf(lease), digest: ownDigest, ...(!isKnown && { document: own }) };
  }

  async #export(kept: KeptState, payload: Untyped): Promise<{ readonly version: string }> {
    const name = exportNameOf(payload?.name);
    const rule = await this.#deps.sharing.exportOf(kept.name, name);
    if (rule === undefined) throw notShared(`The manifest of ${kept.name} does not list ${name} in its exports.`);
    const version = String(payload.version ?? rule.version ?? "1");
    kept.export(exportKey(name, version), { version, value: payload.value ?? null });
    await kept.save();
    await this.#deps.participant.publish({ topic: stateTopic(kept.name, "exported"), payload: { name, version } });
    return { version };
  }

  async #import(plugin: string, payload: Untyped): Promise<ImportedState> {
    const name = exportNameOf(payload?.name);
    const from: unknown = payload.plugin;
    if (typeof from !== "string" || !PLUGIN.test(from)) throw notFound("The name of the plugin is not valid.");
    const rule = await this.#deps.sharing.importOf(plugin, from, name);
    if (rule === undefined) throw notShared(`The manifest of ${plugin} does not list ${from}/${name} in its imports.`);
    if ((await this.#deps.sharing.exportOf(from, name)) === undefined)
      throw notShared(`${from} does not export ${name}.`);
    const wanted = payload.version ?? rule.version;
    const kept = await this.#queueOf(from).run(async () => {
      const opened = await this.#open(from);
      // Another bridge may have stored the export.
      await opened.save();
      return opened;
    });
    const exported = kept.replica.keys.exports
      .filter((key) => majorIn(key, name) !== undefined)
      .toSorted((a, b) => (majorIn(b, name) ?? 0) - (majorIn(a, name) ?? 0))
      .flatMap((key) => importedFrom(kept.replica.getExport(key)));
    if (exported.length === 0) throw notFound(`${from} has not exported ${name}.`);
    const found = exported.find(({ version }) => wanted === undefined || satisfies(version, String(wanted)));
    if (found !== undefined) return found;
    const available = exported.map(({ version }) => version);
    const message = `${from} exports ${name} in version ${available.join(", ")}, not in ${versionOf(String(wanted)).join(".")}.`;
    throw new BridgeError("CONFLICT", message, { available });
  }

  /** Returns the state of a plugin, read from the backend if it is not in memory. */
  async #open(plugin: string): Promise<KeptState> {
    const known = this.#kept.get(plugin);
    const { backend, now = Date.now } = this.#deps;
    const kept = known ?? new KeptState(plugin, { backend, clock: this.#clock, now });
    if (known === undefined) await kept.save();
    this.#kept.delete(plugin);
    this.#kept.set(plugin, kept);
    if (this.#kept.size > MAX_IN_MEMORY) this.#forgetOldest();
    return kept;
  }

  #forgetOldest(): void {
    for (const [name, kept] of this.#kept) {
      if (kept.isDirty || this.#due.has(kept)) continue;
      this.#kept.delete(name);
      this.#queues.delete(name);
      return;
    }
  }

  #queueOf(plugin: string): SerialQueue {
    const queue = this.#queues.get(plugin) ?? new SerialQueue();
    this.#queues.set(plugin, queue);
    return queue;
  }

  #saveSoon(kept: KeptState, afterMs = SAVE_AFTER_MS): void {
    this.#due.add(kept);
    this.#timer ??= this.#clock.after(afterMs, () => void this.#saveDue());
  }

  #saveDue(): Promise<void> {
    this.#timer = undefined;
    this.#saving = this.#saving.then(() => this.#saveAll());
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const kept of due) {
      try {
        await this.#queueOf(kept.name).run(() => kept.save());
        this.#hasWarned = false;
      } catch (error) {
        this.#warn("The state of plugins is only kept in memory, because it cannot be written", error);
        if (!this.#isDisposed) this.#saveSoon(kept, SAVE_AGAIN_MS);
      }
    }
  }

  #warn(text: string, error: unknown): void {
    if (this.#hasWarned || this.#isDisposed) return;
    this.#hasWarned = true;
    this.#deps.logger.warn(text, { error: messageOf(error) });
  }
}

/** Returns the plugin that a message on `state/<plugin>/…` is of; undefined if another one has sent it. */
function pluginIn({ topic, source }: Message): string | undefined {
  const plugin = topic.split("/")[1] ?? "";
  return plugin === source && PLUGIN.test(plugin) ? plugin : undefined;
}

function importedFrom(entry: RegisterEntry | undefined): ImportedState[] {
  if (entry === undefined) return [];
  const { version, value }: Untyped = entry.value;
  return [{ version: String(version), value, exportedAt: new Date(entry.at[0]).toISOString() }];
}

function notFound(message: string): BridgeError {
  return new BridgeError("NOT_FOUND", message);
}
