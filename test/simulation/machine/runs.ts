import type { World } from "../time/world.ts";

/** No client waits for orders that take longer, in milliseconds. */
export const LONG_MS = 5000;

/** A request of a client, which all of its retries share. */
export interface Order {
  readonly id: string;
  /** True if it has an idempotency key, so that it must not run twice. */
  readonly hasKey: boolean;
  readonly runMs: number;
  readonly outputs: number;
  readonly asks: boolean;
}

/** Every run of every window, beyond the life of the windows. */
export class Runs {
  readonly #world: World;
  readonly #windows = new Map<string, string[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Records that a window runs an order. */
  began({ id, hasKey }: Order, windowId: string): void {
    const windows = this.#windows.get(id) ?? [];
    windows.push(windowId);
    this.#windows.set(id, windows);
    this.#world.note(`${windowId} runs ${id}`);
    if (hasKey && windows.length > 1) this.#world.fail(`The key ${id} ran in ${windows.join(" and ")}.`);
  }

  countOf(id: string): number {
    return this.#windows.get(id)?.length ?? 0;
  }
}
