import * as l10n from "@vscode/l10n";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { isKiroBridgeError, KiroBridgeError } from "../../client/errors.ts";
import { Connection } from "../../client/socket/connection.ts";
import type { Transport } from "../../client/socket/transport.ts";
import {
  type DashboardMethod,
  type DashboardParams,
  type DashboardPush,
  dashboardPushSchema,
  type DashboardResult,
} from "../contract/dashboard.ts";

/** The deadline of requests that need no person, in milliseconds. */
const ANSWER_MS = 15_000;
/** The deadline of requests for which the host shows a dialog, in milliseconds. */
const DIALOG_MS = 30 * 60_000;
const dialogs: ReadonlySet<DashboardMethod> = new Set([
  "stop",
  "restart",
  "clearHistory",
  "cancelAll",
  "revokeAccess",
  "removeDeadLetter",
  "startPlugin",
  "testExport",
  "removeExportLetters",
  "exportRun",
  "openRun",
  "diagnose",
  "askCli",
]);

type HostMethods = {
  readonly [M in DashboardMethod]: {
    readonly params: DashboardParams<M> | undefined;
    readonly result: DashboardResult<M>;
  };
};

/** The connection of the page to its host: the methods of the dashboard, with their deadlines, and its pushes. */
export class HostConnection implements Disposable {
  readonly #store = new DisposableStore();
  readonly #connection: Connection<HostMethods>;
  readonly #pushed = this.#store.add(new Emitter<DashboardPush>());
  readonly onDidPush = this.#pushed.event;

  constructor(transport: Transport) {
    this.#connection = new Connection(transport);
    this.#store.add(this.#connection.onDidPush((message) => this.#take(message)));
  }

  /**
   * Calls a method.
   * @throws KiroBridgeError of the host; OPERATION_TIMEOUT; KIRO_UNAVAILABLE if the connection was closed
   */
  call<M extends DashboardMethod>(method: M, params?: DashboardParams<M>): Promise<DashboardResult<M>> {
    const timeoutMs = dialogs.has(method) ? DIALOG_MS : ANSWER_MS;
    const lateMessage = l10n.t("The editor did not respond in time.");
    return this.#connection.call(method, params, { timeoutMs, lateMessage });
  }

  dispose(): Promise<void> {
    this.#connection.close(new KiroBridgeError("KIRO_UNAVAILABLE", l10n.t("The dashboard was closed.")));
    return this.#store.dispose();
  }

  /** Ignores what is not a push: other scripts of the page may post messages as well. */
  #take(message: unknown): void {
    const push = dashboardPushSchema.safeParse(message);
    if (push.success) this.#pushed.fire(push.data);
  }
}

/** Returns true if the host has not answered in time. */
export function isLate(error: unknown): boolean {
  return isKiroBridgeError(error) && error.code === "OPERATION_TIMEOUT";
}
