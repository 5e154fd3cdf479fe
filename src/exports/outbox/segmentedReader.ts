import { Emitter, type Event } from "../../base/events.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import type { Fact } from "./fact.ts";
import type { OutboxFolder, ScannedLine, StoredCursor } from "./outboxFolder.ts";
import type { Lag, OutboxReader, ReaderOptions, ReadLimits } from "./outboxReader.ts";
import { ReaderPosition, type WrittenFact } from "./readerPosition.ts";
import { reduceFact } from "./reduceFact.ts";
import type { Segment } from "./segment.ts";

export interface SegmentedReaderDeps {
  readonly onDidAck: () => void;
  /** Ends the reader. */
  readonly end: (isRemoved: boolean) => Promise<void>;
  /** Told of each error of `wants` and of listeners. */
  readonly onError: (error: unknown) => void;
}

/** A reader of all outboxes of this window, in one sequence: those of dead windows first. */
export class SegmentedReader implements OutboxReader {
  readonly name: string;
  readonly options: ReaderOptions;
  readonly #deps: SegmentedReaderDeps;
  /** The window's own outbox first. */
  readonly #positions = new Map<OutboxFolder, ReaderPosition>();
  readonly #added: Emitter<void>;
  readonly #droppedFacts: Emitter<number>;
  readonly onDidAdd: Event<void>;
  readonly onDidDrop: Event<number>;
  readonly #reads = new SerialQueue();
  /** True after `onDidAdd` until `next` has returned nothing more. */
  #isTold = false;
  #dropped = 0;

  constructor(name: string, options: ReaderOptions, deps: SegmentedReaderDeps) {
    this.name = name;
    this.options = options;
    this.#deps = deps;
    this.#added = new Emitter(deps.onError);
    this.#droppedFacts = new Emitter(deps.onError);
    this.onDidAdd = this.#added.event;
    this.onDidDrop = this.#droppedFacts.event;
  }

  get lag(): Lag {
    const positions = [...this.#positions.values()];
    const times = positions.map(({ oldestAt }) => oldestAt).filter((at) => at !== undefined);
    return {
      facts: positions.reduce((sum, { facts }) => sum + facts, 0),
      oldestAt: times.length === 0 ? undefined : Math.min(...times),
    };
  }

  get dropped(): number {
    return [...this.#positions.values()].reduce((sum, position) => sum + position.dropped, this.#dropped);
  }

  next(limits: ReadLimits): Promise<readonly Fact[]> {
    return this.#reads.run(async () => {
      for (const position of [...this.#positions.values()].toReversed()) {
        const facts = position.hasUnread ? await position.read(limits) : [];
        if (facts.length > 0) return facts.map((fact) => this.#reduced(fact));
      }
      this.#isTold = false;
      return [];
    });
  }

  ack(ids: readonly string[]): void {
    for (const id of ids) for (const position of this.#positions.values()) if (position.ack(id)) break;
    this.#deps.onDidAck();
  }

  remove(): Promise<void> {
    return this.#deps.end(true);
  }

  dispose(): Promise<void> {
    return this.#deps.end(false);
  }

  wants(fact: Fact): boolean {
    try {
      return this.options.wants(fact);
    } catch (error) {
      this.#deps.onError(error);
      return false;
    }
  }

  /** Begins with the next line of an outbox. */
  follow(folder: OutboxFolder): void {
    this.#positions.set(
      folder,
      ReaderPosition.atEnd(folder, (fact) => this.wants(fact)),
    );
  }

  /** Goes on in an outbox. Its facts are counted by `count` and `counted`. */
  resume(folder: OutboxFolder, cursor: StoredCursor): void {
    this.#positions.set(
      folder,
      ReaderPosition.resumed(folder, cursor, (fact) => this.wants(fact)),
    );
  }

  count(folder: OutboxFolder, line: ScannedLine): void {
    this.#positions.get(folder)?.count(line);
  }

  counted(folder: OutboxFolder): void {
    const position = this.#positions.get(folder);
    position?.counted();
    if (position?.hasUnread === true) this.announce();
  }

  added(folder: OutboxFolder, fact: WrittenFact): void {
    this.#positions.get(folder)?.added(fact);
  }

  /** True if `onDidAdd` should fire when there is more. */
  get shouldAnnounce(): boolean {
    return !this.#isTold;
  }

  announce(): void {
    this.#isTold = true;
    this.#added.fire();
  }

  /** Counts facts that could not be written. */
  lose(count: number): void {
    this.#dropped += count;
    this.#droppedFacts.fire(count);
  }

  /** Gives up the facts of a file that is about to be removed. @returns their number */
  drop(folder: OutboxFolder, segment: Segment): number {
    const lost = this.#positions.get(folder)?.drop(segment) ?? 0;
    if (lost > 0) this.#droppedFacts.fire(lost);
    return lost;
  }

  positionIn(folder: OutboxFolder): ReaderPosition | undefined {
    return this.#positions.get(folder);
  }

  /** Forgets an outbox that could not be read to its end, as if it had not been met. */
  forget(folder: OutboxFolder): void {
    this.#positions.delete(folder);
  }

  /** Forgets an outbox that is removed. */
  leave(folder: OutboxFolder): void {
    this.#dropped += this.#positions.get(folder)?.dropped ?? 0;
    this.#positions.delete(folder);
  }

  #reduced(fact: Fact): Fact {
    const { level, wantsSteps } = this.options;
    const reduced = reduceFact(fact, level);
    if (wantsSteps === true || reduced.run?.steps === undefined) return reduced;
    const { steps: _, areStepsCut: __, ...run } = reduced.run;
    return { ...reduced, run };
  }
}
