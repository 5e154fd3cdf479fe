import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import {
  dashboardMethods,
  type DashboardPush,
  type DashboardReply,
  dashboardRequestSchema,
  type ExecutionDetail,
  isDashboardMethod,
} from "../contract/dashboard.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import { validate } from "../../protocol/validate.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import { dashboardActions } from "./dashboardMethods.ts";
import type { EditorActions } from "../../host/dashboard/editorActions.ts";
import { Subscription } from "./dashboardSubscription.ts";

export interface DashboardChannelOptions {
  readonly source: Pick<BridgeSource, "state" | "parts" | "onDidChange">;
  readonly editorActions: EditorActions;
  readonly post: (message: DashboardReply | DashboardPush) => void;
  readonly logger: Logger;
}

/** Where one dashboard's messages come in: unknown at first, then a method of the list with params of its schema. */
export class DashboardChannel implements Disposable {
  readonly #store = new DisposableStore();
  readonly #options: DashboardChannelOptions;
  readonly #subscription: Subscription;
  readonly #actions: ReturnType<typeof dashboardActions>;

  constructor(options: DashboardChannelOptions) {
    const { source, editorActions, post } = options;
    this.#options = options;
    this.#subscription = this.#store.add(new Subscription(source, post));
    this.#actions = dashboardActions(source, editorActions, this.#subscription);
  }

  /** Answers every request that has an id; what has none cannot be answered. */
  async receive(message: unknown): Promise<void> {
    const request = dashboardRequestSchema.safeParse(message);
    if (!request.success) {
      this.#options.logger.warn("The dashboard sent a message that is not valid");
      return;
    }
    const { id, method, params } = request.data;
    try {
      this.#options.post({ id, result: await this.#act(method, params) });
    } catch (error) {
      this.#options.post({ id, error: asBridgeError(error).toBody() });
    }
  }

  /** Shows a run, now or as soon as the page listens. */
  show(detail: ExecutionDetail): void {
    this.#subscription.show(detail);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  async #act(method: string, params: unknown): Promise<unknown> {
    if (!isDashboardMethod(method)) throw new BridgeError("NOT_FOUND", "The dashboard called an unknown method.");
    const checked = validate<unknown>(dashboardMethods[method], params);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table binds each action to its method's schema
    const act = this.#actions[method] as (params: unknown) => unknown;
    return act(checked);
  }
}

/** The page is ours and runs where the editor runs: it may know what went wrong. */
function asBridgeError(error: unknown): BridgeError {
  return isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR", messageOf(error));
}
