import type { Clock } from "../../../src/base/clock.ts";
import type { Disposable } from "../../../src/base/disposables.ts";
import type { Step } from "./eventQueue.ts";
import type { World } from "./world.ts";

type State =
  | { readonly kind: "running" }
  /** With the steps that it has missed so far. */
  | { readonly kind: "frozen"; readonly missed: Step[] }
  | { readonly kind: "dead" };

/**
 * A process of the simulation: everything that its code does is a step that the world starts. While it is frozen, as by
 * SIGSTOP, its steps wait, and all come at once when it goes on; after its death, none comes. Its monotonic time passes
 * in any case.
 */
export class SimProcess implements Clock {
  readonly name: string;
  readonly world: World;
  /** Milliseconds that each part of an operation of the system may take. */
  slownessMs = 0;
  /** Until then, nothing that other windows send arrives, and nothing that it sends to them. */
  isolatedUntil = 0;
  /** Called when an operation of the system begins. */
  onDidOperate: () => void = () => undefined;
  #state: State = { kind: "running" };

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
  }

  get isRunning(): boolean {
    return this.#state.kind === "running";
  }

  get isFrozen(): boolean {
    return this.#state.kind === "frozen";
  }

  get isDead(): boolean {
    return this.#state.kind === "dead";
  }

  readonly now = (): number => this.world.now;

  after(delayMs: number, callback: () => void): Disposable {
    return this.world.after(Math.max(1, delayMs), callback, this, "timer");
  }

  /** Takes a step after a delay: the arrival of a message, or the end of an operation. */
  later(delayMs: number, run: () => void): void {
    this.world.after(delayMs, run, this, "input");
  }

  /**
   * Performs an operation of the system: it has its effect at some time between its start and its end.
   * @param effect may throw; the operation is then rejected
   */
  operation<T>(effect: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.onDidOperate();
    this.later(this.#latency(), () => {
      try {
        const result = effect();
        this.later(this.#latency(), () => resolve(result));
      } catch (error) {
        this.later(this.#latency(), () => reject(error));
      }
    });
    return promise;
  }

  /** Called by the world when a step is due. @returns false if it does not take place now */
  takes(step: Step): boolean {
    if (this.#state.kind === "frozen") this.#state.missed.push(step);
    return this.#state.kind === "running";
  }

  freeze(): void {
    if (this.#state.kind === "running") this.#state = { kind: "frozen", missed: [] };
  }

  /** Node runs due timers before it reads its sockets; what else came first is a matter of chance. */
  thaw(): void {
    if (this.#state.kind !== "frozen") return;
    const { missed } = this.#state;
    this.#state = { kind: "running" };
    const hasTimersFirst = this.world.random.chance(0.7);
    const early = hasTimersFirst ? missed.filter(({ kind }) => kind === "timer") : missed;
    const late = hasTimersFirst ? missed.filter(({ kind }) => kind === "input") : [];
    for (const step of [...early, ...late]) this.world.again(step);
  }

  kill(): void {
    this.#state = { kind: "dead" };
  }

  #latency(): number {
    const { random } = this.world;
    if (this.slownessMs === 0) return random.next() * 2;
    return random.next() * this.slownessMs;
  }
}
