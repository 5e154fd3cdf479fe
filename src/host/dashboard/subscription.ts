import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { DashboardParams, DashboardPush, DashboardResult } from "../../protocol/dashboard.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import { EventPush } from "./eventPush.ts";
import { rowOf } from "./executionRows.ts";

/** One dashboard's subscription: the state always, the events of the present bridge once it has asked for them. */
export class Subscription implements Disposable {
  readonly #store = new DisposableStore();
  readonly #source: Pick<BridgeSource, "state" | "parts" | "onDidChange">;
  readonly #post: (push: DashboardPush) => void;
  #push: EventPush | undefined;

  constructor(source: Pick<BridgeSource, "state" | "parts" | "onDidChange">, post: (push: DashboardPush) => void) {
    this.#source = source;
    this.#post = post;
    this.#store.add(source.onDidChange((state) => post({ type: "state", state })));
    this.#store.defer(() => this.#push?.dispose());
  }

  /** Resumes behind the cursor where the log still has what follows; else gives what is true now. */
  begin({ epoch, since }: DashboardParams<"subscribe">): DashboardResult<"subscribe"> {
    const { state, parts } = this.#source;
    void this.#push?.dispose();
    this.#push = undefined;
    if (parts === undefined) return { state, eventId: 0 };
    const { events } = parts;
    const canResume = epoch === parts.epoch && since !== undefined && events.read(since).lost === undefined;
    const eventId = canResume ? Math.min(since, events.lastId) : events.lastId;
    this.#push = new EventPush(events, parts.epoch, eventId, this.#post);
    const active = canResume ? undefined : parts.active().map((record) => rowOf(record, "live"));
    return { state, epoch: parts.epoch, eventId, ...(active !== undefined && { active }) };
  }

  acknowledge(): void {
    this.#push?.acknowledge();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}
