import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import type { ChannelReply } from "../../../channel/channel.ts";
import { socketRequestSchema } from "../../../protocol/socket.ts";
import type { DashboardMethod, DashboardPush, DashboardState, ExecutionDetail } from "../../contract/dashboard.ts";
import type { Answering, BridgeSource } from "../bridgeSource.ts";
import { DashboardChannel, type DashboardChannelDeps } from "../dashboardChannel.ts";
import { DashboardRelay, reconnecting, type SharedState } from "./dashboardRelay.ts";

/** The methods that concern this window alone, and never leave it. */
const ofThisWindow: ReadonlySet<string> = new Set<DashboardMethod>([
  "status",
  "start",
  "stop",
  "restart",
  "copyAddress",
  "copyToken",
  "copyCurl",
  "copyText",
  "openRun",
  "openSettings",
  "openLog",
  "diagnose",
  "askCli",
  "useSimulator",
  "manageTrust",
  "exportAudit",
  "startPlugin",
  "addModel",
  "setModelKey",
  "setExportSecret",
  "openExportSettings",
  "openExportGuide",
]);

export interface PageChannelDeps extends DashboardChannelDeps {
  readonly source: Pick<BridgeSource, "state" | "parts" | "answering" | "onDidChange">;
}

/** A page's way to what it shows. */
type Way =
  | { readonly kind: "here" }
  | { readonly kind: "owner"; readonly answering: Answering; readonly relay: DashboardRelay }
  /** Another window has the address, and is not known yet. */
  | { readonly kind: "nobody" };

/**
 * The host's end of one dashboard. While another window has the address, what concerns all windows is asked of that one,
 * and the rest of this one; the page keeps what it knows while that window is sought.
 */
export class PageChannel implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: PageChannelDeps;
  readonly #changed = this.#store.add(new Emitter<DashboardState>());
  readonly #here: DashboardChannel;
  #way: Way = { kind: "here" };
  /** The latest state of the owner. */
  #shared: SharedState | undefined;
  /** The IDs of `subscribe` requests that the owner answers, with its own state. */
  readonly #subscribing = new Set<unknown>();

  constructor(deps: PageChannelDeps) {
    this.#deps = deps;
    const seen = { parts: () => this.#parts, state: () => this.#state };
    const source = {
      onDidChange: this.#changed.event,
      get parts() {
        return seen.parts();
      },
      get state() {
        return seen.state();
      },
    };
    this.#here = this.#store.add(new DashboardChannel({ ...deps, source }));
    this.#store.defer(() => this.#leave());
    this.#follow();
    this.#store.add(
      deps.source.onDidChange(() => {
        this.#follow();
        this.#changed.fire(this.#state);
      }),
    );
  }

  async receive(message: unknown): Promise<void> {
    const way = this.#way;
    const { data: request } = socketRequestSchema.safeParse(message);
    const isForHere = request === undefined || ofThisWindow.has(request.method);
    if (isForHere || way.kind === "here") return this.#here.receive(message);
    const { id, method } = request;
    const isConnected = way.kind === "owner" && way.relay.isConnected;
    if (method === "subscribe") {
      // Without the owner, the page gets the state only.
      if (!isConnected) return this.#here.receive(message);
      this.#here.noteSubscribed();
      this.#subscribing.add(id);
    }
    if (isConnected) way.relay.receive(message);
    else this.#deps.post({ id, error: reconnecting().toBody() });
  }

  show(detail: ExecutionDetail): void {
    this.#here.show(detail);
  }

  showAccess(): void {
    this.#here.showAccess();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  get #parts(): PageChannelDeps["source"]["parts"] {
    return this.#way.kind === "here" ? this.#deps.source.parts : undefined;
  }

  get #state(): DashboardState {
    const { state } = this.#deps.source;
    if (this.#way.kind === "here") return state;
    const { epoch: _own, ...rest } = state;
    const isConnected = this.#way.kind === "owner" && this.#way.relay.isConnected;
    return {
      ...rest,
      ...(this.#shared !== undefined && { epoch: this.#shared.epoch, windows: [...this.#shared.windows] }),
      ...(!isConnected && { isReconnecting: true }),
    };
  }

  /** Asks the window that has the address now. */
  #follow(): void {
    const { answering } = this.#deps.source;
    const way = this.#way;
    if (way.kind === "owner" ? way.answering === answering : way.kind === answering.kind) return;
    this.#leave();
    if (answering.kind === "here") this.#comeBack(answering);
    else if (answering.kind === "nobody") this.#way = answering;
    else {
      const relay = new DashboardRelay(
        {
          link: answering.link,
          editorActions: this.#deps.editorActions,
          post: (message) => this.#post(message),
          onState: (shared, isFirst) => this.#take(shared, isFirst),
          onDisconnect: () => this.#changed.fire(this.#state),
        },
        { windowId: this.#deps.source.state.ownWindowId ?? "" },
      );
      this.#way = { kind: "owner", answering, relay };
    }
  }

  /** The page keeps what it knows. */
  #leave(): void {
    const way = this.#way;
    this.#subscribing.clear();
    if (way.kind === "owner") way.relay.dispose();
    if (way.kind !== "here") return;
    const { epoch, windows } = this.#deps.source.state;
    this.#shared = epoch === undefined ? undefined : { epoch, windows };
    this.#here.unsubscribe();
  }

  #comeBack(way: Extract<Way, { kind: "here" }>): void {
    const isKnown = this.#shared !== undefined && this.#shared.epoch === this.#deps.source.state.epoch;
    this.#way = way;
    this.#shared = undefined;
    if (isKnown) this.#deps.post({ type: "resubscribe" });
  }

  /** Has the page subscribe: by the state if the events are other ones, else by a request. */
  #take(shared: SharedState, isFirst: boolean): void {
    const isKnown = shared.epoch === this.#shared?.epoch;
    this.#shared = shared;
    this.#changed.fire(this.#state);
    if (isFirst && isKnown) this.#deps.post({ type: "resubscribe" });
  }

  /** Replaces the state of the owner by that of this window. */
  #post(message: ChannelReply | DashboardPush): void {
    const isSubscription = "id" in message && this.#subscribing.delete(message.id) && "result" in message;
    const { result } = isSubscription ? message : {};
    if (isSubscription && typeof result === "object" && result !== null)
      this.#deps.post({ ...message, result: { ...result, state: this.#state } });
    else this.#deps.post(message);
  }
}
