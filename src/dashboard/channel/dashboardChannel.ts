import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { Channel, type ChannelDeps, type ChannelReply, type Method } from "../../channel/channel.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { DashboardPush, ExecutionDetail } from "../contract/dashboard.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import { methodsOfDashboard } from "./dashboardMethods.ts";
import { DashboardSubscription } from "./dashboardSubscription.ts";
import type { EditorActions } from "./editorActions.ts";

export interface DashboardChannelDeps {
  readonly source: Pick<BridgeSource, "state" | "parts" | "onDidChange">;
  readonly editorActions: EditorActions;
  readonly post: (message: ChannelReply | DashboardPush) => void;
  readonly logger: Logger;
  /** The rules for the calls of a page that is not the editor's. */
  readonly rules?: ChannelRules;
}

interface ChannelRules extends Partial<Pick<ChannelDeps, "admit" | "toError" | "onError">> {
  /** @throws BridgeError ACCESS_DENIED for a method that the page may not call */
  readonly assertMayCall: (method: string) => void;
  /** Methods in addition to those of all dashboards. */
  readonly methods: ReadonlyMap<string, Method>;
}

/** The host's end of one dashboard: answers the page's requests and pushes what it subscribed to. */
export class DashboardChannel implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: DashboardChannelDeps;
  readonly #subscription: DashboardSubscription;
  readonly #channel: Channel;

  constructor(deps: DashboardChannelDeps) {
    const { source, editorActions, post, rules } = deps;
    const { assertMayCall, methods, ...channelRules } = rules ?? {};
    this.#deps = deps;
    this.#subscription = this.#store.add(new DashboardSubscription(source, post));
    this.#channel = new Channel({
      methods: new Map([
        ...methodsOfDashboard({ source, editorActions, subscription: this.#subscription }, assertMayCall),
        ...(methods ?? []),
      ]),
      toError: asBridgeError,
      ...channelRules,
    });
  }

  /** Handles a request. Never rejects. */
  handle(message: unknown): Promise<ChannelReply> {
    return this.#channel.handle(message);
  }

  /** Answers every request that has an ID; messages without one cannot be answered. */
  async receive(message: unknown): Promise<void> {
    const reply = await this.handle(message);
    if (reply.id === null) this.#deps.logger.warn("The dashboard sent a message that is not valid");
    else this.#deps.post(reply);
  }

  /** Shows a run, now or when the page has subscribed. */
  show(detail: ExecutionDetail): void {
    this.#subscription.show(detail);
  }

  /** Shows who has access, now or when the page has subscribed. */
  showAccess(): void {
    this.#subscription.showAccess();
  }

  /** Ends the subscription of the page, which goes on elsewhere. */
  unsubscribe(): void {
    this.#subscription.end();
  }

  /** The page has subscribed elsewhere, and can show things. */
  noteSubscribed(): void {
    this.#subscription.noteSubscribed();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}

/** Converts an error. The page is ours and runs in the editor, so it may know the details. */
function asBridgeError(error: unknown): BridgeError {
  return isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR", messageOf(error));
}
