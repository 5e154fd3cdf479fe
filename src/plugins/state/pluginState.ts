import { systemClock, type Clock } from "../../base/clock.ts";
import type { Untyped } from "../bus/message.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { frozen } from "./jsonValue.ts";
import { Replication } from "./replication.ts";
import type { StateChange, StateDocument } from "./stateDocument.ts";
import type { ImportedState } from "./stateMessages.ts";
import { Watchers } from "./watchers.ts";

export interface PluginStateDeps {
  /** Has the name of the plugin whose state this is. */
  readonly participant: BusParticipant;
  /** Called with what goes wrong in the background: a watcher that throws, a change that could not be exchanged. */
  readonly onProblem?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** The wall clock in epoch milliseconds. */
  readonly now?: (() => number) | undefined;
}

export interface StateVersion {
  /** `1`, `1.2` or `1.2.3`. An import accepts the same first number and nothing older. */
  readonly version?: string | number | undefined;
}

/**
 * The shared state of one plugin: a replica in this process, read and written synchronously, which all processes of the
 * plugin and the store of the bridge exchange over the bus.
 */
export class PluginState {
  readonly #watchers: Watchers;
  readonly #replication: Replication;

  constructor({ participant, onProblem = () => undefined, clock = systemClock, now }: PluginStateDeps) {
    const watchers = new Watchers(onProblem);
    this.#watchers = watchers;
    this.#replication = new Replication({ participant, clock, now, onProblem, onChanged: (all) => watchers.fire(all) });
  }

  /** Resolves when the state of the store is part of this replica. Writes may come before, removals know nothing of it. */
  ready(): Promise<void> {
    return this.#replication.ready;
  }

  /** @throws BridgeError VALIDATION_FAILED or PAYLOAD_TOO_LARGE, as all writes do */
  setRegister(key: string, value: unknown): void {
    this.#written("register", key, this.#replication.replica.setRegister(key, value));
  }

  /** Returns a deeply frozen value; undefined if there is none. */
  getRegister(key: string): Untyped {
    return this.#replication.replica.getRegister(key);
  }

  incrementCounter(key: string, by = 1): void {
    this.#written("counter", key, this.#replication.replica.increment(key, by));
  }

  decrementCounter(key: string, by = 1): void {
    this.incrementCounter(key, -by);
  }

  /** Returns 0 for an unknown counter. */
  getCounter(key: string): number {
    return this.#replication.replica.getCounter(key);
  }

  /** Adds a member; objects are equal if their JSON is. */
  addToSet(key: string, value: unknown): void {
    this.#written("set", key, this.#replication.replica.addToSet(key, value));
  }

  /** Removes a member as far as this replica knows of it: an addition elsewhere at the same time remains. */
  removeFromSet(key: string, value: unknown): void {
    const delta = this.#replication.replica.removeFromSet(key, value);
    if (delta !== undefined) this.#written("set", key, delta);
  }

  getSet(key: string): Untyped[] {
    return this.#replication.replica.getMembers(key).map((member): Untyped => frozen(JSON.parse(member)));
  }

  /** Calls a listener with each new value, of this process and of others. @returns a function that ends the watch */
  watchRegister(key: string, listener: (value: Untyped) => void): () => void {
    return this.#watchers.add("register", key, () => listener(this.getRegister(key)));
  }

  watchCounter(key: string, listener: (value: number) => void): () => void {
    return this.#watchers.add("counter", key, () => listener(this.getCounter(key)));
  }

  watchSet(key: string, listener: (values: Untyped[]) => void): () => void {
    return this.#watchers.add("set", key, () => listener(this.getSet(key)));
  }

  /**
   * Publishes a value for other plugins. Resolves when it is stored. Values of different first numbers of the version are
   * kept next to each other.
   * @throws BridgeError ACCESS_DENIED if the manifest does not list it in `exports`
   */
  async exportState(name: string, value: unknown, { version }: StateVersion = {}): Promise<void> {
    await this.#replication.ask("export", { name, value, ...(version !== undefined && { version: String(version) }) });
  }

  /**
   * Returns a value that another plugin has exported: the newest version, or the one that is asked for.
   * @throws BridgeError NOT_FOUND if there is none, CONFLICT if it has another version, ACCESS_DENIED if the manifest does not list
   * it in `imports`
   */
  async importState(plugin: string, name: string, { version }: StateVersion = {}): Promise<Untyped> {
    const payload = { plugin, name, ...(version !== undefined && { version: String(version) }) };
    const imported: ImportedState = await this.#replication.ask("import", payload);
    return imported.value;
  }

  /** Resolves when the store has all writes of this replica. */
  flush(): Promise<void> {
    return this.#replication.flush();
  }

  /** Returns the state as plain JSON. */
  toJSON(): StateDocument {
    return this.#replication.replica.toJSON();
  }

  /** Publishes what waits, then ends. */
  async dispose(): Promise<void> {
    await this.#replication.dispose();
    this.#watchers.clear();
  }

  #written(type: StateChange["type"], key: string, delta: StateDocument): void {
    this.#replication.send({ type, key }, delta);
    this.#watchers.fire([{ type, key }]);
  }
}
