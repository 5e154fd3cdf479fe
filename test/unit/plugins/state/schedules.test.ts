import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../../../src/base/clock.ts";
import type { BusParticipant } from "../../../../src/plugins/bus/participant.ts";
import { PluginState } from "../../../../src/plugins/state/pluginState.ts";
import { MemoryBackend } from "../../../../src/plugins/state/store/memoryBackend.ts";
import type { StateStore } from "../../../../src/plugins/state/store/stateStore.ts";
import { SharedStates } from "../../../support/plugins/stateOf.ts";

const BRIDGES = 2;
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("start" as const), bridge: fc.nat({ max: BRIDGES - 1 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant("write" as const),
      process: fc.nat(),
      by: fc.integer({ min: -3, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("flush" as const), process: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("end" as const), process: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("kill" as const), process: fc.nat() }) },
  // What is published there does not arrive any more, until the next exchange of documents.
  { weight: 2, arbitrary: fc.record({ does: fc.constant("deafen" as const), process: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("restart" as const), bridge: fc.nat({ max: BRIDGES - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("wait" as const), hours: fc.nat({ max: 23 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Process {
  readonly state: PluginState;
  readonly participant: BusParticipant;
  isDeaf: boolean;
  /** What it has written since the store has last confirmed its writes, one sum for each write. */
  unconfirmed: number[];
  confirmed: number;
  readonly added: string[];
  kept: number;
}

/** Bridges with one backend, and processes of one plugin on them, which end in every way. */
class Schedule {
  readonly #backend = new MemoryBackend();
  readonly #worlds = Array.from({ length: BRIDGES }, () => new SharedStates());
  readonly #stores: StateStore[];
  readonly #processes: Process[] = [];
  /** Those that were confirmed. */
  readonly #members = new Set<string>();
  /** The sums that each process may have published last. */
  readonly #parts: number[][] = [];
  #hours = 0;
  #count = 0;

  constructor() {
    this.#stores = this.#worlds.map((world) => this.#open(world));
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.#step(each);
  }

  /** All that is left exchanges until it is equal. */
  async check(): Promise<void> {
    for (let [process] = this.#processes; process !== undefined; [process] = this.#processes) await this.#end(process);
    const readers: PluginState[] = [];
    for (const world of this.#worlds) {
      const reader = new PluginState({ participant: world.join("shop") });
      readers.push(reader);
    }
    // A store has what it has received; the other ones, what it has saved.
    for (const reader of [...readers, ...readers]) await reader.flush();
    const [first, ...others] = readers.map((reader) => [reader.getCounter("sum"), new Set(reader.getSet("all"))]);
    for (const other of others) assert.deepEqual(other, first);
    const [reader = assert.fail()] = readers;
    const members = new Set(reader.getSet("all"));
    for (const member of this.#members) assert.ok(members.has(member), `${member} was lost`);
    const possible = sumsOf(this.#parts);
    assert.ok(possible.has(reader.getCounter("sum")), `${reader.getCounter("sum")} of ${[...possible].join()}`);
    assert.ok(Object.keys(reader.toJSON().counters?.["sum"] ?? {}).length <= 64);
    for (const each of readers) await each.dispose();
  }

  async dispose(): Promise<void> {
    for (const world of this.#worlds) await world.dispose();
  }

  #open(world: SharedStates): StateStore {
    return world.store({ backend: this.#backend, clock: systemClock, now: () => 1e12 + this.#hours * 3_600_000 });
  }

  async #step(each: Step): Promise<void> {
    if (each.does === "wait") await this.#wait(each.hours);
    else if (each.does === "start") await this.#start(each.bridge);
    else if (each.does === "restart") await this.#restart(each.bridge);
    else {
      const process = this.#processes[each.process % Math.max(1, this.#processes.length)];
      if (process === undefined) return;
      if (each.does === "write") this.#write(process, each.by);
      else if (each.does === "flush") await this.#flush(process);
      else if (each.does === "end") await this.#end(process);
      else if (each.does === "kill") await this.#kill(process);
      else process.isDeaf = true;
    }
  }

  /** Each process that lives renews its id. */
  async #wait(hours: number): Promise<void> {
    this.#hours += hours;
    for (const process of this.#processes) await this.#flush(process);
  }

  async #start(bridge: number): Promise<void> {
    const world = this.#worlds[bridge] ?? assert.fail();
    const participant = world.join("shop");
    const process = { participant, isDeaf: false, unconfirmed: [], confirmed: 0, added: [], kept: 0 };
    const hearing: BusParticipant = {
      name: "shop",
      publish: (message) => participant.publish(message),
      request: (message, options) => participant.request(message, options),
      subscribe: (pattern, handler, options) =>
        participant.subscribe(pattern, (delivery) => (started.isDeaf ? undefined : handler(delivery)), options),
      respond: (id, payload) => participant.respond(id, payload),
      progress: (id, payload) => participant.progress(id, payload),
      stats: () => participant.stats(),
      dispose: () => participant.dispose(),
    };
    const started: Process = { ...process, state: new PluginState({ participant: hearing }) };
    this.#processes.push(started);
    if (this.#count++ % 2 === 0) await started.state.ready();
  }

  #write(process: Process, by: number): void {
    process.state.incrementCounter("sum", by);
    process.unconfirmed.push((process.unconfirmed.at(-1) ?? process.confirmed) + by);
    const member = `m${this.#count++}`;
    process.state.addToSet("all", member);
    process.added.push(member);
  }

  async #flush(process: Process): Promise<void> {
    await process.state.flush();
    process.confirmed = process.unconfirmed.at(-1) ?? process.confirmed;
    process.unconfirmed = [];
    process.kept = process.added.length;
  }

  async #end(process: Process): Promise<void> {
    await this.#flush(process);
    await process.state.dispose();
    this.#forget(process);
  }

  /** What it has published may have arrived, or not. */
  async #kill(process: Process): Promise<void> {
    await process.participant.dispose();
    this.#forget(process);
  }

  #forget(process: Process): void {
    this.#processes.splice(this.#processes.indexOf(process), 1);
    this.#parts.push([process.confirmed, ...process.unconfirmed]);
    for (const member of process.added.slice(0, process.kept)) this.#members.add(member);
  }

  async #restart(bridge: number): Promise<void> {
    const world = this.#worlds[bridge] ?? assert.fail();
    await this.#stores[bridge]?.dispose();
    this.#stores[bridge] = this.#open(world);
  }
}

/** Returns all sums with one part of each process. */
function sumsOf(parts: readonly (readonly number[])[]): Set<number> {
  return parts.reduce((sums, own) => new Set([...sums].flatMap((sum) => own.map((part) => sum + part))), new Set([0]));
}

describe("The shared state of processes that start, end and are killed on several bridges", () => {
  it("has all that was confirmed, once, and is the same everywhere", async function () {
    this.timeout(240_000);
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const schedule = new Schedule();
      try {
        await schedule.run(steps);
        await schedule.check();
      } finally {
        await schedule.dispose();
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
