import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { within } from "../base/deadline.ts";
import { DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import { RunOnce } from "../base/runOnce.ts";
import { SerialQueue } from "../base/serialQueue.ts";
import { BridgeError, messageOf } from "../protocol/errors.ts";
import { quote } from "../protocol/validate.ts";
import { Capture } from "./capture/capture.ts";
import { ExportedCommands } from "./capture/exportedCommands.ts";
import { checkDestinations } from "./checkDestinations.ts";
import { destinationKinds, type DestinationKind } from "./destinationKinds.ts";
import { destinationHeadSchema } from "./door/settings.ts";
import type { Exports, ExportsPorts, OpenExports } from "./door/exports.ts";
import type { Counter } from "../core/metrics/instruments.ts";
import type { DestinationRecord } from "../protocol/exports/destinations.ts";
import { ExportPlace, lettersFolder, listLetters } from "./exportPlace.ts";
import { hideSecrets } from "./hideSecrets.ts";
import type { CheckedElement } from "./openedDestination.ts";
import { DeadLetters } from "./outbox/deadLetters.ts";
import { openOutbox, type Outbox } from "./outbox/outbox.ts";
import { UnusedQueues } from "./unusedQueues.ts";

/** Time in milliseconds in which what is on its way may still arrive when the bridge stops. */
const FLUSH_MS = 1000;
/** Delay in milliseconds in which changes are told together. */
const CHANGED_MS = 100;

/** Opens the destinations of the setting. @throws Error if the outbox cannot be created */
export const openExports: OpenExports = (ports, elements) => Destinations.open(ports, elements, destinationKinds);

/** The place where the events of the window wait for the destinations. */
interface Queue {
  readonly outbox: Outbox;
  /** Of destinations that are not open. */
  readonly unused: UnusedQueues;
}

/** The destinations of one window. */
class Destinations implements Exports {
  readonly #ports: ExportsPorts;
  readonly #kinds: Readonly<Record<string, DestinationKind>>;
  #queue: Queue;
  #capture: Capture | undefined;
  #elements: readonly unknown[] = [];
  readonly #counter: Counter;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #changing = this.#store.add(new RunOnce(() => this.#changed.fire(), CHANGED_MS));
  readonly #work = new SerialQueue();
  /** By name, in the order of the setting. */
  #places: ReadonlyMap<string, ExportPlace> = new Map();
  #problems: readonly string[] = [];
  #isEnding = false;

  private constructor(ports: ExportsPorts, kinds: Readonly<Record<string, DestinationKind>>, queue: Queue) {
    this.#ports = ports;
    this.#kinds = kinds;
    this.#queue = queue;
    const { meter, secrets } = ports;
    this.#store.add(
      secrets.onDidChange((name) => {
        const place = this.#places.get(name);
        if (place !== undefined) void this.#hideSecrets([place.checked]);
      }),
    );
    this.#counter = meter.counter(
      "kiro_bridge_exports_events_total",
      "Events for destinations of exports, by what became of them.",
    );
    const sumOf = (count: (record: DestinationRecord) => number): number =>
      this.list().destinations.reduce((sum, record) => sum + count(record), 0);
    meter.observe("gauge", "kiro_bridge_exports_waiting", "Events that destinations of exports do not have yet.", () =>
      sumOf(({ waiting }) => waiting.events),
    );
    meter.observe(
      "gauge",
      "kiro_bridge_exports_dead_letters",
      "Events that destinations of exports have refused.",
      () => sumOf(({ deadLetters }) => deadLetters),
    );
  }

  /** @param kinds those that there are; injectable for tests */
  static async open(
    ports: ExportsPorts,
    elements: readonly unknown[],
    kinds: Readonly<Record<string, DestinationKind>>,
  ): Promise<Destinations> {
    const exports: Destinations = new Destinations(ports, kinds, await openQueue(ports, () => exports.#renew()));
    await exports.#begin(elements);
    return exports;
  }

  list(): ReturnType<Exports["list"]> {
    return { destinations: [...this.#places.values()].map(({ record }) => record), problems: this.#problems };
  }

  test: Exports["test"] = async (name, signal) => await this.#at(name).opened.test(signal);

  deadLetters: Exports["deadLetters"] = async (name, limit) => await listLetters(this.#at(name).letters, limit);

  replay: Exports["replay"] = async (name) => await this.#at(name).opened.replay();

  removeDeadLetters: Exports["removeDeadLetters"] = async (name) => {
    const count = await this.#at(name).letters.remove();
    this.#changing.schedule();
    return count;
  };

  archives(): ReturnType<Exports["archives"]> {
    return [...this.#places.values()].flatMap(({ archives }) => archives);
  }

  apply(elements: readonly unknown[]): void {
    void this.#work.run(() => this.#apply(elements));
  }

  async dispose(): Promise<void> {
    this.#isEnding = true;
    this.#queue.outbox.flush();
    const sent = [...this.#places.values()].map((place) => place.flush());
    await within(Promise.all(sent), FLUSH_MS, undefined);
    await this.#work.run(async () => {
      await this.#end();
      await this.#store.dispose();
    });
  }

  /** Opens the destinations, and gives them what happens from now on. */
  async #begin(elements: readonly unknown[]): Promise<void> {
    await this.#apply(elements);
    const { catalog, clock, events, executions, logger, redactor } = this.#ports;
    const { outbox } = this.#queue;
    const commands = new ExportedCommands(catalog, redactor);
    const isKnownCommand = (id: string): boolean => commands.has(id);
    this.#capture = new Capture({ events, executions, isKnownCommand, redactor, outbox, clock, logger });
    // After the readers: positions of other destinations are removed there.
    void this.#work.run(() => outbox.adopt());
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#places.values()].map((place) => place.dispose()));
    this.#places = new Map();
    this.#capture?.dispose();
    await this.#queue.outbox.dispose();
  }

  /** Goes on in another outbox, because another window delivers the one of before. */
  #renew(): void {
    const { logger } = this.#ports;
    const renew = async (): Promise<void> => {
      if (this.#isEnding) return;
      await this.#end();
      this.#queue = await openQueue(this.#ports, () => this.#renew());
      await this.#begin(this.#elements);
    };
    this.#work.run(renew).catch((error: unknown) => {
      logger.error("The exports could not go on. Restart the bridge", { error: messageOf(error) });
    });
  }

  /** Opens what is new or has changed, and ends the rest. Never rejects. */
  async #apply(elements: readonly unknown[]): Promise<void> {
    if (this.#isEnding) return;
    this.#elements = elements;
    const { destinations, problems } = checkDestinations(elements, this.#kinds);
    const wanted = new Map(destinations.map((checked) => [checked.name, checked]));
    const heads = elements.map((element) => destinationHeadSchema.parse(element));
    // Also those with a mistake, which the user is about to correct.
    const on = new Set(heads.filter(({ enabled }) => enabled).map(({ name }) => name));
    await this.#hideSecrets(destinations);
    const failures: string[] = [];
    const places = new Map<string, ExportPlace>();
    for (const [name, place] of this.#places) {
      const checked = wanted.get(name);
      if (checked !== undefined && isDeepStrictEqual(checked.element, place.checked.element)) places.set(name, place);
      else await this.#endOne(place, on.has(name));
    }
    for (const checked of destinations) {
      const place = places.get(checked.name) ?? (await this.#open(checked, failures));
      // Again, for the order of the setting.
      places.delete(checked.name);
      if (place !== undefined) places.set(checked.name, place);
    }
    const ended = new Set([...this.#places.values()].filter(isOn).map(({ checked }) => checked.name));
    const used = new Set(places.keys());
    await this.#queue.unused.keep(new Set([...on].filter((name) => !used.has(name))), used, ended);
    this.#places = places;
    await this.#removeLetters(new Set(heads.map(({ name }) => name)));
    this.#problems = [...problems, ...failures];
    for (const problem of this.#problems) this.#ports.logger.warn("A destination of exports is not used", { problem });
    this.#changing.schedule();
  }

  async #hideSecrets(destinations: readonly CheckedElement[]): Promise<void> {
    const used = destinations.filter(({ isEnabled }) => isEnabled);
    const owners = used.map(({ name, of, element }) => ({ name, settings: of.schema.parse(element) }));
    await hideSecrets(owners, this.#ports);
  }

  async #open(checked: CheckedElement, failures: string[]): Promise<ExportPlace | undefined> {
    const deps = { ports: this.#ports, outbox: this.#queue.outbox, counter: this.#counter };
    try {
      return await ExportPlace.open(checked, { ...deps, onDidChange: this.#changing.schedule });
    } catch (error) {
      failures.push(`kiroBridge.exports: ${checked.name}: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Removes the dead letters of destinations that are no longer in the setting. Those of one with a mistake stay. */
  async #removeLetters(names: ReadonlySet<string>): Promise<void> {
    const { folder, logger } = this.#ports;
    try {
      await DeadLetters.removeOthers(lettersFolder(folder), names);
    } catch (error) {
      logger.warn("Dead letters of earlier destinations could not be removed", { error: messageOf(error) });
    }
  }

  /** @param isReplaced true if a destination of the same name goes on, perhaps when a mistake is corrected */
  async #endOne(place: ExportPlace, isReplaced: boolean): Promise<void> {
    try {
      await (isReplaced ? place.dispose() : place.remove());
    } catch (error) {
      const { name } = place.checked;
      this.#ports.logger.warn("A destination of exports could not be ended", { name, error: messageOf(error) });
    }
  }

  #at(name: string): ExportPlace {
    const place = this.#places.get(name);
    if (place === undefined) throw new BridgeError("NOT_FOUND", `There is no destination ${quote(name)}.`);
    return place;
  }
}

/** @param onDidLose see `OutboxOptions` @throws Error if the outbox cannot be created */
async function openQueue(
  { beforeAnswers, clock, events, folder, logger }: ExportsPorts,
  onDidLose: () => void,
): Promise<Queue> {
  const outbox = await openOutbox({
    folder: join(folder, "outbox"),
    windowId: events.windowId,
    epoch: randomBytes(6).toString("hex"),
    logger,
    clock,
    beforeAnswers,
    onDidLose,
  });
  return { outbox, unused: new UnusedQueues({ outbox, logger }) };
}

function isOn({ checked }: ExportPlace): boolean {
  return checked.isEnabled;
}
