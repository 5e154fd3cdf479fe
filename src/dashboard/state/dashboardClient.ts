import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { ClientRecord } from "../../protocol/clients.ts";
import type { AccessView, PairingView } from "../contract/access.ts";
import {
  type DashboardPush,
  type DashboardState,
  type ExecutionDetail,
  type ExecutionRow,
  MAX_LIVE_OUTPUT,
} from "../contract/dashboard.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import { Heartbeat, type HeartbeatOptions } from "./heartbeat.ts";
import { HostConnection, isLate } from "./hostConnection.ts";
import { HistoryPages, type HistoryQuery } from "./historyPages.ts";
import { LatestRead } from "./latestRead.ts";
import { EventCursor, type EventPosition } from "../../client/live/eventCursor.ts";
import { LiveExecutions } from "../../client/live/liveExecutions.ts";
import { type Extras, readUnreported } from "./readUnreported.ts";
import { addQuestionDetails, changesQueue, placeInQueue } from "./rowDetails.ts";
import type { Transport } from "../../client/socket/transport.ts";
import { ALL, chosenWindow, shownRows, type WindowChoice } from "./windowChoice.ts";

/** The number of history rows that are saved with the page. */
const SAVED_ROWS = 100;

/** The state that survives a hidden or reloaded page, with the position in the sequence of events at which it was true. */
export interface SavedClient {
  readonly position: EventPosition;
  readonly state?: DashboardState | undefined;
  readonly active: readonly ExecutionRow[];
  readonly history: readonly ExecutionRow[];
  readonly query: HistoryQuery;
}

/**
 * The state of a dashboard, kept current by one subscription. After the page was hidden or reloaded it resumes after its
 * cursor; if that is not possible (another epoch, or lost events), it takes a snapshot.
 */
export class DashboardClient implements Disposable {
  readonly #store = new DisposableStore();
  readonly connection: HostConnection;
  readonly live = this.#store.add(new LiveExecutions({ maxOutputLength: MAX_LIVE_OUTPUT }));
  readonly history: HistoryPages;
  readonly #changed = this.#store.add(new Emitter<void>());
  /** The state has changed. Fires often: render once for many. */
  readonly onDidChange = this.#changed.event;
  readonly #asked = this.#store.add(new Emitter<ExecutionRow>());
  readonly onDidAsk = this.#asked.event;
  readonly #shown = this.#store.add(new Emitter<ExecutionDetail>());
  /** The host asks the page to show this run. */
  readonly onDidShow = this.#shown.event;
  readonly #accessShown = this.#store.add(new Emitter<void>());
  /** The host asks the page to show who has access. */
  readonly onDidShowAccess = this.#accessShown.event;
  readonly #pairing = this.#store.add(new Emitter<PairingView>());
  /** A program asks to be let in. Fires once for each request. */
  readonly onDidAskForAccess = this.#pairing.event;
  readonly #heartbeat: Heartbeat;
  #state: DashboardState | undefined;
  #choice: WindowChoice = ALL;
  #metrics: MetricsSnapshot | undefined;
  #clients: readonly ClientRecord[] = [];
  #access: AccessView | undefined;
  #extras: Extras = {};
  /** Has no position while what is known is not valid. */
  #cursor = new EventCursor();
  #subscriptions = 0;
  readonly #queue = new LatestRead(() => this.#readQueue());
  /** The epoch whose snapshot has been requested: the state may change often in the meantime. */
  #askedFor: { readonly epoch: string | undefined } | undefined;

  constructor(transport: Transport, heartbeat?: HeartbeatOptions) {
    this.connection = this.#store.add(new HostConnection(transport));
    this.#heartbeat = this.#store.add(new Heartbeat(() => this.connection.call("status"), heartbeat));
    this.#store.add(this.#heartbeat.onDidChange((isAlive) => this.#reconnect(isAlive)));
    this.history = this.#store.add(new HistoryPages((query) => this.connection.call("listExecutions", query)));
    this.#store.add(this.history.onDidChange(() => this.#changed.fire()));
    this.#store.add(this.live.onDidEnd((row) => this.history.add(row)));
    this.#store.add(this.connection.onDidPush((push) => this.#take(push)));
  }

  /** Undefined until the first response of the host. */
  get state(): DashboardState | undefined {
    return this.#state;
  }

  /** False while the host does not answer. The state is then that of its last answer. */
  get isConnected(): boolean {
    return this.#heartbeat.isAlive;
  }

  /** The time of the last answer of the host, as in `Date.now()`. */
  get connectedAt(): number {
    return this.#heartbeat.aliveAt;
  }

  /** The windows whose executions are shown. */
  get choice(): WindowChoice {
    return this.#choice;
  }

  /** The ID of the chosen window; undefined for all. */
  get windowId(): string | undefined {
    return chosenWindow(this.#choice, this.#state);
  }

  /** The active executions of the chosen windows, those of the page's own first. */
  get active(): readonly ExecutionRow[] {
    return shownRows(this.live.rows, this.windowId, this.#state?.ownWindowId);
  }

  /** The metrics of the chosen windows. */
  get metrics(): MetricsSnapshot | undefined {
    return this.#metrics;
  }

  get clients(): readonly ClientRecord[] {
    return this.#clients;
  }

  /** Undefined while the bridge is off. */
  get access(): AccessView | undefined {
    return this.#state?.epoch === undefined ? undefined : this.#access;
  }

  /** The plugins, and the conversations of all windows. Empty while the bridge is off. */
  get extras(): Extras {
    return this.#state?.epoch === undefined ? {} : this.#extras;
  }

  /** Shows the executions of these windows from now on. */
  choose(choice: WindowChoice): void {
    this.#choice = choice;
    this.#followChoice();
    this.#changed.fire();
  }

  /** Shows the saved state immediately, then asks the host for later events. */
  async begin(saved?: SavedClient, choice: WindowChoice = ALL): Promise<void> {
    this.#choice = choice;
    if (saved !== undefined) {
      this.#state = saved.state;
      this.#cursor = new EventCursor(saved.position);
      this.live.reset(saved.active);
      this.history.restore(saved.history, saved.query);
      this.#changed.fire();
    }
    this.#heartbeat.start();
    await this.#subscribe();
  }

  save(): SavedClient {
    return {
      position: this.#cursor.position,
      state: this.#state,
      active: this.live.rows,
      history: this.history.rows.slice(0, SAVED_ROWS),
      query: this.history.query,
    };
  }

  /** Reads what no event reports: the metrics, and when clients were last seen. */
  async refresh(): Promise<void> {
    if (this.#state?.epoch === undefined || !this.isConnected) return;
    const { connection, windowId } = this;
    const { metrics, clients, access, extras } = await readUnreported(connection, {
      windowId,
      withheld: this.#state?.withheld,
    });
    if (windowId === this.windowId) this.#metrics = metrics;
    this.#clients = clients;
    this.#extras = extras;
    if (access !== undefined) this.#takeAccess(access);
    this.#changed.fire();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  async #subscribe(): Promise<void> {
    const turn = ++this.#subscriptions;
    const answer = await this.connection.call("subscribe", this.#cursor.position).catch((error: unknown) => {
      // A host that is starting may answer late; without its answer no event would ever arrive.
      if (isLate(error) && turn === this.#subscriptions) return undefined;
      this.#askedFor = undefined;
      throw error;
    });
    if (turn !== this.#subscriptions) return;
    if (answer === undefined) return this.#subscribe();
    this.#askedFor = undefined;
    const { state, epoch, eventId, active } = answer;
    this.#state = state;
    if (active !== undefined || epoch === undefined) {
      this.#cursor = new EventCursor();
      this.live.reset(active);
    }
    if (epoch !== undefined) this.#cursor.begin({ epoch, since: eventId });
    this.#changed.fire();
    if (epoch === undefined) return;
    await this.connection.call("acknowledge", { eventId });
    await Promise.all([this.history.ask(this.#historyQuery), this.refresh(), this.#queue.request()]);
  }

  get #epoch(): string | undefined {
    return this.#cursor.position.epoch;
  }

  get #historyQuery(): HistoryQuery {
    const { windowId: _previous, ...query } = this.history.query;
    return this.windowId === undefined ? query : { ...query, windowId: this.windowId };
  }

  /** Reads the lists of the chosen windows, unless they are shown already: a chosen window may have left. */
  #followChoice(): void {
    if (this.history.query.windowId === this.windowId || this.#epoch === undefined) return;
    this.#metrics = undefined;
    void this.history.ask(this.#historyQuery);
    void this.refresh().catch(() => undefined); // The page refreshes periodically.
  }

  #take(push: DashboardPush): void {
    if (push.type === "show") this.#shown.fire(push.detail);
    else if (push.type === "show-access") this.#accessShown.fire();
    else if (push.type === "clients") this.#takeClients(push.clients);
    else if (push.type === "access") this.#takeAccess(push.access);
    else if (push.type === "state") this.#takeState(push.state);
    else if (push.type === "resubscribe")
      void this.#subscribe().catch(() => undefined); // The next state tries again.
    else if (push.epoch === this.#epoch) this.#takeEvents(push.events, push.eventId);
  }

  #takeClients(clients: readonly ClientRecord[]): void {
    this.#clients = clients;
    this.#changed.fire();
  }

  #takeAccess(access: AccessView): void {
    const known = new Set(this.#access?.requests.map(({ id }) => id));
    this.#access = access;
    for (const request of access.requests) if (!known.has(request.id)) this.#pairing.fire(request);
    this.#changed.fire();
  }

  #takeState(state: DashboardState): void {
    this.#state = state;
    const isUnderWay = this.#askedFor !== undefined && this.#askedFor.epoch === state.epoch;
    if (state.epoch !== this.#epoch && !isUnderWay) {
      this.#cursor = new EventCursor();
      this.#askedFor = { epoch: state.epoch };
      void this.#subscribe().catch(() => undefined); // The next state tries again.
    }
    this.#followChoice();
    this.#changed.fire();
  }

  #takeEvents(events: readonly BridgeEvent[], eventId: number): void {
    for (const event of events) {
      if (this.#cursor.accept(event) === undefined) continue;
      if (event.type === "events-lost") return this.#startOver();
      this.live.apply(event);
      if (event.type === "user-input-required") void this.#askWhat(event.executionId);
    }
    this.#cursor.skipTo(eventId);
    this.#changed.fire();
    if (events.some(changesQueue)) void this.#queue.request();
    void this.connection.call("acknowledge", { eventId }).catch(() => undefined); // The connection is closed.
  }

  /** Reads the positions in the queues, which no event reports. */
  async #readQueue(): Promise<void> {
    if (!this.live.rows.some(({ status }) => status === "queued")) return;
    const answer = await this.connection.call("queue").catch(() => undefined); // The next event triggers a retry.
    if (answer === undefined) return;
    placeInQueue(this.live, answer.positions);
    this.#changed.fire();
  }

  #startOver(): void {
    this.#cursor = new EventCursor();
    void this.#subscribe().catch(() => undefined);
  }

  /** Subscribes again: after an interruption another host may answer, which does not know this page. */
  #reconnect(isAlive: boolean): void {
    if (isAlive) void this.#subscribe().catch(() => undefined); // The next state tries again.
    this.#changed.fire();
  }

  async #askWhat(executionId: string): Promise<void> {
    const row = this.live.get(executionId);
    if (row !== undefined) this.#asked.fire(row);
    const detail = await this.connection.call("getExecution", { executionId }).catch(() => undefined);
    if (detail === undefined) return;
    addQuestionDetails(this.live, detail.row);
    this.#changed.fire();
  }
}
