import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { EditorPort } from "../core/ports.ts";

/** Interval of ticks in milliseconds. */
const TICK_MS = 3000;
/** Number of ticks between a response and the next request. */
const TICKS_BETWEEN = 3;
/** Number of ticks after which a request has timed out. A busy workbench takes a second or two, not fifteen. */
const TICKS_OPEN = 5;

/**
 * Monitors the workbench, which runs the editor's commands. The extension host outlives it: in a browser, the page may
 * be closed or the network down for hours, during which requests wait for its return. Time is counted in ticks: a
 * machine that wakes up from sleep sees one tick, not those that it has missed.
 */
export class WorkbenchLink implements Disposable {
  readonly #store = new DisposableStore();
  readonly #editor: Pick<EditorPort, "reachWorkbench">;
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  #isConnected = true;
  #connectedAt = Date.now();
  /** Number of ticks since the pending request, or since the last response. */
  #ticks = 0;
  #isAsking = false;

  constructor(editor: Pick<EditorPort, "reachWorkbench">, tickMs = TICK_MS) {
    this.#editor = editor;
    const timer = setInterval(() => this.#tick(), tickMs);
    timer.unref();
    this.#store.defer(() => clearInterval(timer));
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Time at which the workbench was last known to be connected, as `Date.now()`. */
  get connectedAt(): number {
    return this.#connectedAt;
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #tick(): void {
    this.#ticks++;
    if (!this.#isAsking && this.#ticks >= TICKS_BETWEEN) void this.#ask();
    else if (this.#isAsking && this.#ticks >= TICKS_OPEN) this.#become(false);
  }

  /** Sends a request, which stays pending until the workbench responds, and so detects its return. */
  async #ask(): Promise<void> {
    const askedAt = Date.now();
    this.#isAsking = true;
    this.#ticks = 0;
    try {
      await this.#editor.reachWorkbench();
      this.#connectedAt = askedAt;
      this.#become(true);
    } catch {
      // The request failed; the next one decides.
    } finally {
      this.#isAsking = false;
      this.#ticks = 0;
    }
  }

  #become(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    this.#changed.fire();
  }
}
