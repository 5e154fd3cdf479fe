import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { EditorPort } from "../core/ports.ts";

/** In milliseconds. */
const TICK_MS = 3000;
/** Between an answer and the next question. */
const TICKS_BETWEEN = 3;
/** How many ticks a question may be open. A busy workbench is slow by a second or two, not by fifteen. */
const TICKS_OPEN = 5;

/**
 * Knows whether the workbench, which runs the editor's commands, is there. An extension host outlives it: in a browser the page
 * may be closed, or the network gone, for hours, and what it is asked then waits for its return.
 *
 * Time is counted in ticks: a machine that wakes up makes one, and not the many that it has slept through.
 */
export class WorkbenchLink implements Disposable {
  readonly #store = new DisposableStore();
  readonly #editor: Pick<EditorPort, "reachWorkbench">;
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  #isConnected = true;
  #connectedAt = Date.now();
  /** Since the question that is open, or since the last answer. */
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

  /** When the workbench was last known to be there, as `Date.now()` counts. */
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

  /** The question stays open as long as nobody answers: it is the answer that tells of the return. */
  async #ask(): Promise<void> {
    const askedAt = Date.now();
    this.#isAsking = true;
    this.#ticks = 0;
    try {
      await this.#editor.reachWorkbench();
      this.#connectedAt = askedAt;
      this.#become(true);
    } catch {
      // It was not asked after all; the next question tells.
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
