import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { StateBackend } from "../../../../src/plugins/bus/transport.ts";
import { MemoryBackend } from "../../../../src/plugins/state/store/memoryBackend.ts";
import { SharedStates } from "../../../support/plugins/stateOf.ts";

/** The store saves changes after this time in milliseconds. */
const SAVE_AFTER_MS = 250;

/** A backend whose writes wait until a test lets them pass. */
class SlowBackend implements StateBackend {
  readonly #inner = new MemoryBackend();
  readonly #reached = Promise.withResolvers<void>();
  readonly reached = this.#reached.promise;
  pass: Promise<void> | undefined;

  read(name: string): ReturnType<StateBackend["read"]> {
    return this.#inner.read(name);
  }

  async write(name: string, document: unknown, revision: string | undefined): Promise<boolean> {
    if (this.pass !== undefined) this.#reached.resolve();
    await this.pass;
    return await this.#inner.write(name, document, revision);
  }
}

describe("The end of a store of shared states", () => {
  it("waits for a state that is being saved", async () => {
    const world = new SharedStates();
    const backend = new SlowBackend();
    const store = world.store({ backend });
    const state = world.start("shop");
    await state.flush();
    const passing = Promise.withResolvers<void>();
    backend.pass = passing.promise;
    state.incrementCounter("orders", 4);
    // Until the change is on its way to the store.
    await turn();
    await world.clock.pass(SAVE_AFTER_MS);
    await backend.reached;
    const order: string[] = [];
    const ended = store.dispose().then(() => order.push("ended"));
    await turn();
    order.push("saved");
    passing.resolve();
    await ended;
    assert.deepEqual(order, ["saved", "ended"]);
    await world.dispose();
  });
});
