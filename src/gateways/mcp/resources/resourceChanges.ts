import type { ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";
import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { EventSource } from "../../../core/events/eventSource.ts";
import type { BridgeEvent } from "../../../protocol/events.ts";
import { EVENTS_URI, executionUri, STATUS_URI } from "./uris.ts";

/** Time in milliseconds in which the changes of one resource become one notification. */
const GATHER_MS = 200;

type Listener = (event: ServerEvent) => void;

/** The changes of resources that one client may see, for its subscriptions. Follows the events while there are any. */
export class ResourceChanges implements ServerEventBus, Disposable {
  readonly #events: Pick<EventSource, "onDidAppend">;
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  readonly #changed = new Set<string>();
  #following: Disposable | undefined;
  #timer: Disposable | undefined;

  constructor(events: Pick<EventSource, "onDidAppend">, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#following ??= this.#events.onDidAppend((event) => this.#gather(event));
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.dispose();
    };
  }

  publish(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  dispose(): void {
    void this.#following?.dispose();
    void this.#timer?.dispose();
    this.#following = undefined;
    this.#timer = undefined;
    this.#changed.clear();
  }

  #gather(event: BridgeEvent): void {
    this.#changed.add(EVENTS_URI);
    this.#changed.add("executionId" in event ? executionUri(event.executionId) : STATUS_URI);
    this.#timer ??= this.#clock.after(GATHER_MS, () => {
      this.#timer = undefined;
      const uris = [...this.#changed];
      this.#changed.clear();
      for (const uri of uris) this.publish({ kind: "resource_updated", uri });
    });
  }
}
