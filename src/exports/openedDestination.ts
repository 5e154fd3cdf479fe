import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { BridgeError, messageOf } from "../protocol/errors.ts";
import type { DestinationRecord, DestinationTest } from "../protocol/exports/destinations.ts";
import { quote } from "../protocol/validate.ts";
import type { Counter } from "../core/metrics/instruments.ts";
import type { RunArchive } from "../core/runArchive.ts";
import type { CheckedDestination } from "./checkDestinations.ts";
import { filterOf } from "./delivery/commonSettings.ts";
import type { LastError, LastSuccess } from "./delivery/deliveryHealth.ts";
import { DeliveryLoop } from "./delivery/deliveryLoop.ts";
import type { Destination } from "./delivery/destination.ts";
import { OutboxSource } from "./delivery/outboxSource.ts";
import { PeriodicDelivery } from "./delivery/periodicDelivery.ts";
import { ReplaySource } from "./delivery/replaySource.ts";
import { testDelivery } from "./delivery/testDelivery.ts";
import type { DestinationKind } from "./destinationKinds.ts";
import type { ExportsPorts } from "./door/exports.ts";
import { createSend, type Sender } from "./http/createSend.ts";
import type { Send } from "./http/request.ts";
import { questionPorts } from "./hooks/questions.ts";
import type { DeadLetters } from "./outbox/deadLetters.ts";
import type { ContentLevel, EventType, Fact } from "./outbox/fact.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { OutboxReader } from "./outbox/outboxReader.ts";
import { reduceFact } from "./outbox/reduceFact.ts";

export type CheckedElement = CheckedDestination<DestinationKind>;

export interface OpenedDestinationDeps {
  readonly ports: ExportsPorts;
  readonly outbox: Outbox;
  readonly letters: DeadLetters;
  /** Counts events, by destination and outcome. */
  readonly counter: Counter;
  readonly onDidChange: () => void;
}

interface Parts {
  readonly destination: Destination;
  readonly reader: OutboxReader;
  readonly wants: (fact: Fact) => boolean;
  readonly level: ContentLevel;
  /** Its connections, so that one that hangs leaves those of others. */
  readonly sender: Sender;
  /** Returns by how many milliseconds the destination's clock was last ahead; undefined if it does not tell its time. */
  readonly skewMs: () => number | undefined;
}

/** One destination while its setting is as it is: what it gets, how it is delivered, and what it refuses. */
export class OpenedDestination implements Disposable {
  readonly #checked: CheckedElement;
  readonly #deps: OpenedDestinationDeps;
  readonly #parts: Parts;
  readonly #store = new DisposableStore();
  readonly #loop: DeliveryLoop;
  readonly #intervals: PeriodicDelivery | undefined;
  readonly #replay: ReplaySource;

  private constructor(checked: CheckedElement, deps: OpenedDestinationDeps, parts: Parts) {
    const { clock, logger, now, secrets } = deps.ports;
    const { name } = checked;
    const { destination, reader } = parts;
    this.#checked = checked;
    this.#deps = deps;
    this.#parts = parts;
    this.#loop = new DeliveryLoop({ name, destination, clock, now, random: Math.random, logger });
    const { health } = this.#loop;
    this.#store.add(health.onDidChange(deps.onDidChange));
    this.#store.add(health.onDidCount(({ outcome, facts }) => deps.counter.add(facts, { destination: name, outcome })));
    const source = new OutboxSource(reader, (fact, reason) => this.#keep(fact, reason));
    this.#replay = new ReplaySource({
      remove: (ids) => this.#removeLetters(ids),
      keep: (fact, reason) => this.#keep(fact, reason),
    });
    this.#store.add(reader.onDidAdd(() => this.#loop.read(source)));
    this.#store.add(
      reader.onDidDrop((facts) => {
        deps.counter.add(facts, { destination: name, outcome: "dropped" });
        deps.onDidChange();
      }),
    );
    const { periodic } = destination;
    this.#intervals = periodic && this.#store.add(new PeriodicDelivery({ name, periodic, health, clock, logger }));
    this.#store.add(
      secrets.onDidChange((of) => {
        if (of !== name) return;
        this.#loop.wake();
        this.#intervals?.wake();
      }),
    );
    this.#loop.read(source);
  }

  /** Opens a destination, which goes on where one of the same name has ended. @throws errors of its kind and of the outbox */
  static async open(checked: CheckedElement, deps: OpenedDestinationDeps): Promise<OpenedDestination> {
    const { ports, outbox } = deps;
    const sender = createSend({ now: ports.now, userAgent: `kiro-bridge/${ports.version}` });
    let skewMs: number | undefined;
    const send: Send = async (request, signal) => {
      const answer = await sender.send(request, signal);
      skewMs = answer.skewMs ?? skewMs;
      return answer;
    };
    const { content: level, filter } = checked.of.schema.parse(checked.element);
    const destination = checked.of.open(checked.element, {
      name: checked.name,
      send,
      secrets: ports.secrets,
      environment: ports.environment,
      logger: ports.logger,
      hide: (secret) => ports.redactor.hide(secret),
      redact: ports.redactor.text,
      exportRun: (executionId) => ports.history.exportRun(executionId),
      ...questionPorts(ports, checked.name),
      metrics: () => ports.meter.read(),
      windowId: ports.events.windowId,
      version: ports.version,
      now: ports.now,
    });
    try {
      const passes = filterOf(filter);
      const wantsType = (type: EventType): boolean => destination.wants(type);
      const wants = (fact: Fact): boolean => passes(fact) && wantsType(fact.event.type);
      const { wantsSteps, wantsLatestOnly } = destination;
      const reader = await outbox.reader(checked.name, { wants, wantsType, level, wantsSteps, wantsLatestOnly });
      return new OpenedDestination(checked, deps, { destination, reader, wants, level, sender, skewMs: () => skewMs });
    } catch (error) {
      await destination.dispose();
      await sender.dispose();
      throw error;
    }
  }

  get record(): DestinationRecord {
    const { name, kind } = this.#checked;
    const { health, nextAttemptAt } = this.#loop;
    const { lastError, lastSuccess, refused, sent, since, state } = health;
    const { lag, dropped } = this.#parts.reader;
    const { letters, ports } = this.#deps;
    return {
      name,
      kind,
      state,
      since: timeOf(since),
      ...(lastSuccess && { lastSuccess: successOf(lastSuccess) }),
      ...(lastError && { lastError: errorOf(lastError) }),
      ...(nextAttemptAt !== undefined && { nextAttemptAt: timeOf(nextAttemptAt) }),
      waiting: { events: lag.facts, oldestMs: Math.max(0, Math.round(ports.now() - (lag.oldestAt ?? ports.now()))) },
      sent,
      refused,
      dropped: dropped + letters.dropped,
      deadLetters: letters.count,
      windowId: ports.events.windowId,
    };
  }

  /** Reads what it has stored, of an archive. */
  get archive(): RunArchive | undefined {
    return this.#parts.destination.archive;
  }

  /** Sends one marked item. What waits is tried at once if it was received. @throws the signal's reason */
  async test(signal: AbortSignal): Promise<DestinationTest> {
    const { clock, events, logger } = this.#deps.ports;
    const { destination, skewMs } = this.#parts;
    const options = { name: this.#checked.name, destination, windowId: events.windowId, skewMs, clock, logger };
    const result = await testDelivery(options, signal);
    if (result.success) this.#loop.wake();
    return result;
  }

  /**
   * Sends the dead letters again that it still wants, with the content that it may have now.
   * @returns their number @throws BridgeError CONFLICT if it is paused
   */
  async replay(): Promise<number> {
    if (this.#loop.health.state === "paused") {
      const name = quote(this.#checked.name);
      throw new BridgeError("CONFLICT", `The destination ${name} has asked for no more. Change its setting first.`);
    }
    const letters = await this.#deps.letters.list();
    const { wants, level } = this.#parts;
    const facts = letters.map(({ fact }) => fact).filter(wants);
    const count = this.#replay.add(facts.map((fact) => reduceFact(fact, level)));
    this.#loop.read(this.#replay);
    return count;
  }

  /**
   * Sends what can be sent at this time, and then what is sent at intervals: the facts count in it. `dispose` gives it up.
   */
  async flush(): Promise<void> {
    await this.#loop.settled();
    await this.#intervals?.flush();
  }

  /** Ends it for good: what waits for it is given up. */
  async remove(): Promise<void> {
    const { facts } = this.#parts.reader.lag;
    const { name } = this.#checked;
    if (facts > 0) this.#deps.ports.logger.warn("A destination was removed before it had all events", { name, facts });
    await this.#loop.dispose();
    await this.#parts.reader.remove();
    await this.dispose();
  }

  /** Ends it. What waits stays in the outbox. */
  async dispose(): Promise<void> {
    await this.#loop.dispose();
    await this.#store.dispose();
    await this.#parts.reader.dispose();
    await this.#parts.destination.dispose();
    await this.#parts.sender.dispose();
  }

  async #keep(fact: Fact, reason: string): Promise<void> {
    const { letters, ports } = this.#deps;
    try {
      await letters.add({ fact, reason, at: ports.now() });
    } catch (error) {
      const { name } = this.#checked;
      ports.logger.warn("A dead letter could not be written", { destination: name, error: messageOf(error) });
      throw error;
    } finally {
      this.#deps.onDidChange();
    }
  }

  async #removeLetters(ids: ReadonlySet<string>): Promise<void> {
    await this.#deps.letters.remove(ids);
    this.#deps.onDidChange();
  }
}

function successOf({ at, detail, outcome }: LastSuccess): DestinationRecord["lastSuccess"] {
  return { at: timeOf(at), outcome, ...(detail !== undefined && { detail }) };
}

function errorOf({ at, kind, message, status }: LastError): DestinationRecord["lastError"] {
  return { at: timeOf(at), kind, message, ...(status !== undefined && { httpStatus: status }) };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
