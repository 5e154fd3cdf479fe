import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { RunOnce } from "../../base/runOnce.ts";
import { EventFeed } from "../../channel/eventFeed.ts";
import type { DashboardParams, DashboardPush, DashboardResult, ExecutionDetail } from "../contract/dashboard.ts";
import { accessView } from "./accessActions.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";
import { EventBatches } from "./eventBatches.ts";
import { rowOf } from "./executionRows.ts";

/** Throttle time for the lists of clients, in milliseconds. */
const CLIENTS_MS = 100;

/** A push that waits for the page's subscription. */
type ShowPush = Extract<DashboardPush, { type: "show" | "show-access" }>;

const all = (): boolean => true;

/** The subscription of one dashboard: to the state always, to the events of the current bridge on request. */
export class DashboardSubscription implements Disposable {
  readonly #store = new DisposableStore();
  readonly #source: Pick<BridgeSource, "state" | "parts" | "onDidChange">;
  readonly #post: (push: DashboardPush) => void;
  /** Belongs to the present bridge. */
  #following = new DisposableStore();
  #batches: EventBatches | undefined;
  /** The push to send when the page has subscribed. */
  #toShow: ShowPush | undefined;
  #hasSubscribed = false;

  constructor(source: Pick<BridgeSource, "state" | "parts" | "onDidChange">, post: (push: DashboardPush) => void) {
    this.#source = source;
    this.#post = post;
    this.#store.add(source.onDidChange((state) => post({ type: "state", state })));
    this.#store.defer(() => this.#following.dispose());
  }

  /** Resumes after the cursor if the log still has the following events; otherwise returns a snapshot. */
  begin({ epoch, since }: DashboardParams<"subscribe">): DashboardResult<"subscribe"> {
    const { state, parts } = this.#source;
    this.end();
    this.noteSubscribed();
    if (parts === undefined) return { state, eventId: 0 };
    parts.settle();
    const { events } = parts;
    const canResume = epoch === parts.epoch && since !== undefined && events.lostSince(since) === undefined;
    const eventId = canResume ? Math.min(since, events.lastId) : events.lastId;
    this.#batches = this.#following.add(new EventBatches(parts.epoch, this.#post));
    this.#following.add(new EventFeed(events, this.#batches, { after: eventId, wants: all, onOverflow: "replay" }));
    this.#followClients(parts);
    this.#followAccess(parts);
    const active = canResume ? undefined : parts.active().map((record) => rowOf(record, "live"));
    return { state, epoch: parts.epoch, eventId, ...(active !== undefined && { active }) };
  }

  /** Ends the subscription to events, clients and accesses. */
  end(): void {
    void this.#following.dispose();
    this.#following = new DisposableStore();
    this.#batches = undefined;
  }

  show(detail: ExecutionDetail): void {
    this.#showSoon({ type: "show", detail });
  }

  showAccess(): void {
    this.#showSoon({ type: "show-access" });
  }

  /** Posts what is to be shown, and does so immediately from now on. */
  noteSubscribed(): void {
    this.#hasSubscribed = true;
    this.#postShown();
  }

  #showSoon(push: ShowPush): void {
    this.#toShow = push;
    if (this.#hasSubscribed) this.#postShown();
  }

  acknowledge(): void {
    this.#batches?.acknowledge();
  }

  /** Posts the list once for many changes in a row. */
  #followClients(parts: DashboardDeps): void {
    const postClients = (): void => this.#post({ type: "clients", clients: [...parts.clients()] });
    const posting = this.#following.add(new RunOnce(postClients, CLIENTS_MS));
    this.#following.add(parts.onDidChangeClients(posting.schedule));
  }

  #followAccess(parts: DashboardDeps): void {
    const { access, onDidChangeClients } = parts;
    const post = (): void => this.#post({ type: "access", access: accessView(access, parts.connections()) });
    const posting = this.#following.add(new RunOnce(post, CLIENTS_MS));
    for (const onDidChange of [access.store.onDidChange, access.pairings.onDidChange, onDidChangeClients])
      this.#following.add(onDidChange(posting.schedule));
  }

  #postShown(): void {
    if (this.#toShow !== undefined) this.#post(this.#toShow);
    this.#toShow = undefined;
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}
