import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type {
  DashboardParams,
  DashboardPush,
  DashboardResult,
  ExecutionDetail,
} from "../contract/dashboard.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";
import { EventPush } from "./eventBatches.ts";
import { rowOf } from "./executionRows.ts";

/** In milliseconds. */
const GATHER_MS = 100;

/** One dashboard's subscription: the state always, the events of the present bridge once it has asked for them. */
export class Subscription implements Disposable {
  readonly #store = new DisposableStore();
  readonly #source: Pick<BridgeSource, "state" | "parts" | "onDidChange">;
  readonly #post: (push: DashboardPush) => void;
  /** Of the present bridge. */
  #following = new DisposableStore();
  #push: EventPush | undefined;
  /** What is to be shown as soon as there is a page that listens. */
  #toShow: ExecutionDetail | undefined;
  #isHeard = false;

  constructor(source: Pick<BridgeSource, "state" | "parts" | "onDidChange">, post: (push: DashboardPush) => void) {
    this.#source = source;
    this.#post = post;
    this.#store.add(source.onDidChange((state) => post({ type: "state", state })));
    this.#store.defer(() => this.#following.dispose());
  }

  /** Resumes behind the cursor where the log still has what follows; else gives what is true now. */
  begin({ epoch, since }: DashboardParams<"subscribe">): DashboardResult<"subscribe"> {
    const { state, parts } = this.#source;
    void this.#following.dispose();
    this.#following = new DisposableStore();
    this.#push = undefined;
    this.#isHeard = true;
    this.#tellShown();
    if (parts === undefined) return { state, eventId: 0 };
    parts.settle();
    const { events } = parts;
    const canResume = epoch === parts.epoch && since !== undefined && events.lostSince(since) === undefined;
    const eventId = canResume ? Math.min(since, events.lastId) : events.lastId;
    this.#push = this.#following.add(new EventPush(events, parts.epoch, eventId, this.#post));
    this.#followClients(parts);
    const active = canResume ? undefined : parts.active().map((record) => rowOf(record, "live"));
    return { state, epoch: parts.epoch, eventId, ...(active !== undefined && { active }) };
  }

  show(detail: ExecutionDetail): void {
    this.#toShow = detail;
    if (this.#isHeard) this.#tellShown();
  }

  acknowledge(): void {
    this.#push?.acknowledge();
  }

  /** Many may come and go at once: they are told of together. */
  #followClients(parts: DashboardDeps): void {
    let timer: NodeJS.Timeout | undefined;
    const tell = (): void => {
      timer = undefined;
      this.#post({ type: "clients", clients: [...parts.clients()] });
    };
    this.#following.add(parts.onDidChangeClients(() => void (timer ??= setTimeout(tell, GATHER_MS))));
    this.#following.defer(() => clearTimeout(timer));
  }

  #tellShown(): void {
    if (this.#toShow !== undefined) this.#post({ type: "show", detail: this.#toShow });
    this.#toShow = undefined;
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}
