import assert from "node:assert/strict";
import type { Principal } from "../../../../src/core/access/principal.ts";
import type { DurableConsumer } from "../../../../src/plugins/bus/transport.ts";
import type { OpenChannel } from "../../../../src/plugins/bus/remote/textChannel.ts";
import { Random } from "../../../simulation/time/random.ts";
import { until } from "../../until.ts";
import { ChaosPlugin } from "./chaosPlugin.ts";
import type { ChaosBridge, MemoryChannel } from "./memoryChannels.ts";

/** The bridges, one after another or several at a time, and faults of their own. */
export interface ChaosPlace {
  /** The bridge that a plugin finds. */
  bridgeOf(plugin: number): ChaosBridge;
  /** Knows the consumers from now on, as from their manifests. */
  declare(consumers: readonly DurableConsumer[]): Promise<void>;
  /** Something happens to a bridge, its disk or its server. */
  fault(random: Random): Promise<void>;
  dispose(): Promise<void>;
}

interface ChaosOptions {
  readonly seed: number;
  readonly plugins: number;
  /** Number of messages of all plugins. */
  readonly messages: number;
  /** Number of effects between two faults. */
  readonly everyEffects: number;
}

interface ChaosResult {
  readonly wrong: readonly string[];
  readonly effects: number;
  readonly repeated: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly deadLetters: number;
}

const weights = { cut: 35, partition: 20, crash: 25, bridge: 20 } as const;
type Fault = keyof typeof weights;

const PLUGINS = 20;
/** Attempts to connect that fail while a plugin is cut off. */
const REFUSED_ATTEMPTS = 2;

/** Plugins that send each other messages while connections break, and plugins and bridges end without a word. */
class Chaos {
  readonly #random: Random;
  readonly #place: ChaosPlace;
  readonly #options: ChaosOptions;
  readonly #plugins: readonly ChaosPlugin[];
  readonly #channels = new Map<number, MemoryChannel>();
  /** Attempts to connect that will fail, by plugin. */
  readonly #refused = new Map<number, number>();
  readonly #wrong: string[] = [];
  readonly #faults: Record<Fault, number> = { cut: 0, partition: 0, crash: 0, bridge: 0 };
  #effects = 0;
  #fault: Promise<void> = Promise.resolve();

  constructor(place: ChaosPlace, options: ChaosOptions) {
    this.#place = place;
    this.#options = options;
    this.#random = new Random(options.seed);
    const { plugins, messages } = options;
    const name = (index: number): string => `plugin-${(index + plugins) % plugins}`;
    this.#plugins = Array.from({ length: plugins }, (_, index) => {
      const deps = {
        random: this.#random,
        connect: (principal: Principal, ...[query, listener]: Parameters<OpenChannel>) =>
          this.#connect(index, principal, query, listener),
        onEffect: () => this.#onEffect(),
        onWrong: (what: string) => void this.#wrong.push(`${name(index)}: ${what}`),
      };
      return new ChaosPlugin(deps, { name: name(index), sources: [name(index - 1)], count: messages / plugins });
    });
  }

  async run(): Promise<ChaosResult> {
    await this.#place.declare(this.#plugins.flatMap(({ consumers }) => consumers));
    for (const plugin of this.#plugins) plugin.start();
    try {
      const isOver = (): boolean => this.#wrong.length > 0 || this.#effects >= this.#options.messages;
      while (!isOver()) {
        const before = this.#effects;
        await until(() => isOver() || this.#effects > before, `an effect after the first ${before}`);
      }
      await this.#fault;
    } catch (error) {
      if (error instanceof Error) error.message += `\n${this.#describe()}`;
      throw error;
    } finally {
      for (const plugin of this.#plugins) plugin.crash();
    }
    return {
      wrong: this.#wrong,
      effects: this.#effects,
      repeated: this.#plugins.reduce((sum, { kept }) => sum + kept.repeated, 0),
      faults: this.#faults,
      deadLetters: this.#place.bridgeOf(0).broker.stats().deadLetters,
    };
  }

  #describe(): string {
    const lines = this.#plugins.map(({ options: { name, count }, kept: { next, effects } }) => {
      const published = next.reduce((sum, number) => sum + number, 0);
      return `${name} has published ${published} of ${count}, and received ${effects.size}`;
    });
    return [...lines, JSON.stringify(this.#faults)].join("\n");
  }

  #connect(index: number, principal: Principal, ...[query, listener]: Parameters<OpenChannel>): MemoryChannel {
    const channel = this.#place.bridgeOf(index).connect(principal, query, listener);
    const refused = this.#refused.get(index) ?? 0;
    this.#refused.set(index, refused - 1);
    this.#channels.set(index, channel);
    if (refused > 0) channel.cut();
    return channel;
  }

  #onEffect(): void {
    this.#effects += 1;
    if (this.#effects % this.#options.everyEffects !== 0) return;
    this.#fault = this.#fault.then(() => this.#happen());
    this.#fault.catch((error: unknown) => this.#wrong.push(String(error)));
  }

  async #happen(): Promise<void> {
    const random = this.#random;
    const fault = random.weighted(weights);
    this.#faults[fault] += 1;
    const index = random.int(0, this.#plugins.length - 1);
    switch (fault) {
      case "cut":
        return this.#channels.get(index)?.cut();
      case "partition":
        for (const [at, channel] of this.#channels) {
          if (!random.chance(0.5)) continue;
          this.#refused.set(at, REFUSED_ATTEMPTS);
          channel.cut();
        }
        return;
      case "crash":
        this.#channels.get(index)?.cut();
        this.#plugins[index]?.crash();
        this.#plugins[index]?.start();
        return;
      case "bridge":
        return await this.#place.fault(random);
    }
  }
}

/** Checks that nothing is lost, doubled, forged or out of order. Disposes of the place. */
export async function exchange(place: ChaosPlace, options: ChaosOptions): Promise<void> {
  try {
    const { wrong, effects, faults, repeated, deadLetters } = await new Chaos(place, options).run();
    const { seed, messages } = options;
    const replay = `CHAOS_SEED=${seed} CHAOS_MESSAGES=${messages}: ${JSON.stringify({ repeated, faults })}`;
    assert.deepEqual(wrong, [], replay);
    assert.equal(effects, messages, replay);
    assert.equal(deadLetters, 0, replay);
    assert.ok(repeated > 0 && Object.values(faults).every((count) => count > 0), replay);
  } finally {
    await place.dispose();
  }
}

/** Returns the options of a test, which the environment may replace to repeat a failure. */
export function chaosOf(messages: number, faults: number): ChaosOptions {
  const { CHAOS_SEED = "12", CHAOS_MESSAGES = String(messages) } = process.env;
  const count = Number(CHAOS_MESSAGES);
  return { seed: Number(CHAOS_SEED), plugins: PLUGINS, messages: count, everyEffects: Math.floor(count / faults) };
}
