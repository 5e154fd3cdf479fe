import { systemClock } from "../../../../src/base/clock.ts";
import { nextPoll } from "../../../../src/base/nextPoll.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { EmbeddedTransport } from "../../../../src/plugins/bus/embedded/embeddedTransport.ts";
import type { DurableConsumer } from "../../../../src/plugins/bus/transport.ts";
import { DurableLog } from "../../../../src/plugins/durable/durableLog.ts";
import type { Random } from "../../../simulation/time/random.ts";
import { diskFull, FaultyFolder } from "../faultyFolder.ts";
import type { ChaosPlace } from "./chaos.ts";
import { ChaosBridge } from "./memoryChannels.ts";

const MAX_SEGMENT_BYTES = 512 * 1024;
const FULL_APPENDS = 5;
/** Turns of the event loop in which plugins talk to an owner that has lost the log. */
const TURNS = 20;

/** A bridge that owns the log, or has owned it. */
class Owner {
  readonly bridge: ChaosBridge;
  readonly #files: FaultyFolder;
  readonly #log: DurableLog;
  #isOwner = true;
  #goOn: (() => void) | undefined;

  constructor(folder: string) {
    this.#files = new FaultyFolder(folder);
    const isOwner = (): Promise<boolean> => Promise.resolve(this.#isOwner);
    const deps = { files: this.#files, clock: systemClock, logger: silentLogger, isOwner };
    this.#log = new DurableLog(deps, { maxSegmentBytes: MAX_SEGMENT_BYTES });
    this.bridge = new ChaosBridge(new EmbeddedTransport(this.#log));
  }

  /** Resolves when it has taken over the log. */
  async opened(): Promise<void> {
    await this.#log.deadLetters.list(0);
  }

  async declare(consumers: readonly DurableConsumer[]): Promise<void> {
    for (const consumer of consumers) await this.#log.declareConsumer(consumer);
  }

  /** Resolves when what it was about to write was written, or has failed. */
  async written(): Promise<void> {
    const probe = { name: "probe", pattern: "probe", maxDeliver: 1, backoffMs: [] };
    await this.#log.declareConsumer(probe).catch(() => undefined);
  }

  /** Stops its work on files, as SIGSTOP does. */
  stop(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#goOn = resolve;
    this.#files.before = () => promise;
    this.#isOwner = false;
  }

  /** Lets it run on: what it was about to do happens now. */
  goOn(): void {
    this.#files.before = undefined;
    this.#goOn?.();
  }

  fillDisk(): void {
    let left = FULL_APPENDS;
    this.#files.before = (operation) => {
      if (operation !== "append") return;
      left -= 1;
      if (left === 0) this.#files.before = undefined;
      throw diskFull();
    };
  }
}

/** One bridge at a time, which owns the log in a folder. */
export class EmbeddedPlace implements ChaosPlace {
  readonly #folder: string;
  readonly #earlier: Owner[] = [];
  #owner: Owner;

  constructor(folder: string) {
    this.#folder = folder;
    this.#owner = new Owner(folder);
  }

  bridgeOf(): ChaosBridge {
    return this.#owner.bridge;
  }

  async declare(consumers: readonly DurableConsumer[]): Promise<void> {
    await this.#owner.declare(consumers);
  }

  async fault(random: Random): Promise<void> {
    if (random.chance(0.3)) return this.#owner.fillDisk();
    const stopped = this.#owner;
    stopped.stop();
    const isReached = random.chance(0.5);
    if (!isReached) stopped.bridge.die();
    this.#owner = new Owner(this.#folder);
    if (isReached) {
      // Its plugins are still connected to it when it runs on.
      await this.#owner.opened();
      stopped.goOn();
      await stopped.written();
      for (let turn = 0; turn < TURNS; turn++) await nextPoll();
      stopped.bridge.die();
    }
    // Some run on while the next one opens the log, some much later, some never.
    for (const owner of [...this.#earlier, stopped]) if (random.chance(0.4)) owner.goOn();
    this.#earlier.push(stopped);
  }

  async dispose(): Promise<void> {
    await this.#owner.bridge.dispose();
    for (const owner of this.#earlier) {
      owner.goOn();
      await owner.bridge.dispose();
    }
  }
}
