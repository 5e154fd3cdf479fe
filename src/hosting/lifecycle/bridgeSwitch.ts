import type { Disposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";

/** A bridge that is listening. */
export interface RunningBridge {
  readonly url: string;
  readonly port: number;
  /** A sentence about anything that differs from the settings, such as another port. */
  readonly note: string | undefined;
  /** Fires when the bridge cannot go on, because another program has its address. */
  readonly onDidFail?: Event<Error>;
  dispose(): Promise<void>;
}

/** The reason why the bridge is off, if the user did not switch it off, and the action of a click on the status bar. */
export interface OffReason {
  readonly reason: string;
  readonly hint: string;
}

export type BridgeState<B extends RunningBridge = RunningBridge> =
  | { readonly kind: "off"; readonly why?: OffReason }
  | { readonly kind: "starting" }
  | { readonly kind: "stopping" }
  | { readonly kind: "on"; readonly bridge: B }
  | {
      readonly kind: "problem";
      readonly reason: string;
      /** Set if the only problem is that this port is taken. */
      readonly takenPort?: number;
    };

/**
 * Switches the bridge on and off. Requests are serialized, so repeated clicks never start two bridges. A restart
 * disposes the whole bridge and creates a new one.
 */
export class BridgeSwitch<B extends RunningBridge> implements Disposable {
  readonly #build: () => Promise<B>;
  readonly #logger: Logger;
  readonly #changed = new Emitter<BridgeState<B>>();
  readonly onDidChangeState = this.#changed.event;
  #state: BridgeState<B> = { kind: "off" };
  #last: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(build: () => Promise<B>, logger: Logger) {
    this.#build = build;
    this.#logger = logger;
  }

  get state(): BridgeState<B> {
    return this.#state;
  }

  get bridge(): B | undefined {
    return this.#state.kind === "on" ? this.#state.bridge : undefined;
  }

  start(): Promise<void> {
    return this.#enqueue(() => this.#start());
  }

  stop(why?: OffReason): Promise<void> {
    return this.#enqueue(() => this.#stop(why));
  }

  restart(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.stop();
    this.#changed.dispose();
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work);
    return this.#last;
  }

  async #start(): Promise<void> {
    if (this.#state.kind === "on" || this.#isDisposed) return;
    this.#become({ kind: "starting" });
    try {
      const bridge = await this.#build();
      this.#logger.info("The bridge is on", { url: bridge.url, note: bridge.note });
      bridge.onDidFail?.((error) => void this.#enqueue(() => this.#fail(bridge, error)));
      this.#become({ kind: "on", bridge });
    } catch (error) {
      this.#logger.error("The bridge could not start", { error: messageOf(error) });
      this.#become(problemOf(error));
    }
  }

  async #fail(bridge: B, error: Error): Promise<void> {
    if (this.bridge !== bridge) return;
    this.#logger.error("The bridge has lost its address", { error: messageOf(error) });
    await this.#stop();
    this.#become(problemOf(error));
  }

  async #stop(why?: OffReason): Promise<void> {
    const { bridge } = this;
    if (bridge !== undefined) {
      this.#become({ kind: "stopping" });
      await bridge.dispose().catch((error: unknown) => {
        this.#logger.error("The bridge could not release all of its resources", { error: messageOf(error) });
      });
      this.#logger.info("The bridge is off", { reason: why?.reason });
    }
    this.#become(why === undefined ? { kind: "off" } : { kind: "off", why });
  }

  #become(state: BridgeState<B>): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}

function problemOf(error: unknown): Extract<BridgeState, { kind: "problem" }> {
  const takenPort = takenPortOf(error);
  return { kind: "problem", reason: messageOf(error), ...(takenPort !== undefined && { takenPort }) };
}

/** Returns the port that is taken. The error may come from another bundle. */
function takenPortOf(error: unknown): number | undefined {
  const context = error instanceof Error && "context" in error ? error.context : undefined;
  if (typeof context !== "object" || context === null || !("reason" in context) || !("port" in context))
    return undefined;
  return context.reason === "port_taken" && typeof context.port === "number" ? context.port : undefined;
}
