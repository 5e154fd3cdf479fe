import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { startDeadline } from "../../base/deadline.ts";
import { Emitter } from "../../base/events.ts";
import {
  type DashboardMethod,
  type DashboardParams,
  type DashboardPush,
  dashboardPushSchema,
  type DashboardResult,
} from "../../dashboard/contract/dashboard.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { type SocketReply, socketReplySchema } from "../../protocol/socket.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { Transport } from "./transport.ts";

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
  "exportRun",
  "openRun",
  "diagnose",
  "askCli",
]);

interface Pending {
  readonly settle: (reply: Omit<SocketReply, "id">) => void;
}

/**
 * Sends requests over a transport and receives replies and pushes. Every call is settled: by its reply, by its deadline,
 * or when the connection is disposed.
 */
export class Connection implements Disposable {
  readonly #store = new DisposableStore();
  readonly #transport: Transport;
  readonly #pushed = this.#store.add(new Emitter<DashboardPush>());
  readonly onDidPush = this.#pushed.event;
  readonly #pending = new Map<SocketReply["id"], Pending>();
  #lastId = 0;
  #isClosed = false;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#store.add(transport.onDidReceive((message) => this.#receive(message)));
  }

  /**
   * Calls a method.
   * @throws BridgeError of the host; OPERATION_TIMEOUT; KIRO_UNAVAILABLE if the connection was closed
   */
  call<M extends DashboardMethod>(method: M, params?: DashboardParams<M>): Promise<DashboardResult<M>> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#isClosed) reject(closed());
    else this.#ask(method, params, resolve, reject);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host is ours, and its type is the same table
    return promise as Promise<DashboardResult<M>>;
  }

  dispose(): Promise<void> {
    this.#isClosed = true;
    for (const { settle } of this.#pending.values()) settle({ error: closed().toBody() });
    return this.#store.dispose();
  }

  #ask(
    method: DashboardMethod,
    params: unknown,
    resolve: (result: unknown) => void,
    reject: (error: BridgeError) => void,
  ): void {
    const id = ++this.#lastId;
    const ms = dialogs.has(method) ? DIALOG_MS : ANSWER_MS;
    const deadline = startDeadline(ms, () => this.#pending.get(id)?.settle({ error: late(method, ms).toBody() }));
    const settle: Pending["settle"] = ({ result, error }) => {
      this.#pending.delete(id);
      void deadline.dispose();
      if (error === undefined) resolve(result);
      else reject(new BridgeError(error.code, error.message, error.context));
    };
    this.#pending.set(id, { settle });
    this.#transport.post({ id, method, ...(params !== undefined && { params }) });
  }

  /** Ignores what is neither a reply nor a push: other scripts of the page may post messages as well. */
  #receive(message: unknown): void {
    const reply = socketReplySchema.safeParse(message);
    if (reply.success) {
      this.#pending.get(reply.data.id)?.settle(reply.data);
      return;
    }
    const push = dashboardPushSchema.safeParse(message);
    if (push.success) this.#pushed.fire(push.data);
  }
}

function closed(): BridgeError {
  return unavailable("bridge-off", "The dashboard was closed.");
}

function late(method: string, timeoutMs: number): BridgeError {
  return new BridgeError("OPERATION_TIMEOUT", "The editor did not respond in time.", { operation: method, timeoutMs });
}
