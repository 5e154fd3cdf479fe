import * as l10n from "@vscode/l10n";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { Emitter } from "../../../base/events.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { actPushSchema, type ActPush } from "../../contract/browser.ts";
import type { Page } from "../page.ts";
import type { TokenStore } from "./tokenStore.ts";

/** The longest silence of a bridge that was asked something, in milliseconds. The page asks every few seconds. */
const SILENCE_MS = 12_000;

/** The WebSocket, as far as it is used here. */
export interface OpenSocket {
  send(text: string): void;
}

export interface SocketPageDeps {
  readonly store: Pick<TokenStore, "state" | "saveState">;
  /** Does what the editor does for other dashboards. */
  readonly perform: (push: ActPush) => Promise<unknown>;
  /** The bridge does not answer any more. */
  readonly onSilence: () => void;
}

/** The transport of the page in a browser: one after the other WebSocket. Each request gets a reply, or an error when its WebSocket ends. */
export class SocketPage implements Page {
  readonly #deps: SocketPageDeps;
  readonly #received = new Emitter<unknown>();
  readonly onDidReceive = this.#received.event;
  readonly #pending = new Set<unknown>();
  #socket: OpenSocket | undefined;
  #hadSocket = false;
  #silence: Disposable = toDisposable(() => undefined);

  constructor(deps: SocketPageDeps) {
    this.#deps = deps;
  }

  get saved(): unknown {
    return this.#deps.store.state;
  }

  /** Keeps nothing without a connection: the access may have ended, and what it has shown with it. */
  save(state: unknown): void {
    if (this.#socket !== undefined) this.#deps.store.saveState(state);
  }

  post(message: unknown): void {
    const id = property(message, "id");
    if (this.#socket !== undefined) {
      this.#pending.add(id);
      this.#socket.send(JSON.stringify(message));
      if (this.#pending.size === 1) this.#listen();
    } // No answer to the question whether the bridge is there is an answer, too.
    else if (property(message, "method") !== "status") queueMicrotask(() => this.#refuse(id));
  }

  /** Uses another WebSocket from now on, which is open. The page subscribes again. */
  attach(socket: OpenSocket): void {
    this.#socket = socket;
    if (this.#hadSocket) this.#received.fire({ type: "resubscribe" });
    this.#hadSocket = true;
  }

  /** The WebSocket has ended. */
  detach(): void {
    this.#socket = undefined;
    void this.#silence.dispose();
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const id of pending) this.#refuse(id);
  }

  /** Takes a message of the WebSocket. */
  receive(data: unknown): void {
    const message = parsed(data);
    const push = actPushSchema.safeParse(message);
    void this.#silence.dispose();
    this.#pending.delete(property(message, "id"));
    if (this.#pending.size > 0) this.#listen();
    if (push.success) void this.#act(push.data);
    else if (message !== undefined) this.#received.fire(message);
  }

  async #act(push: ActPush): Promise<void> {
    const socket = this.#socket;
    const { actionId } = push;
    const outcome = await this.#deps.perform(push).then(
      (result) => ({ method: "acted", params: { actionId, ...(result !== undefined && { result }) } }),
      (error: unknown) => ({ method: "failed", params: { actionId, message: messageOf(error).slice(0, 2000) } }),
    );
    // The action of a WebSocket that has ended concerns nobody.
    if (socket === this.#socket) socket?.send(JSON.stringify({ id: `act-${actionId}`, ...outcome }));
  }

  #listen(): void {
    void this.#silence.dispose();
    this.#silence = startDeadline(SILENCE_MS, () => this.#deps.onSilence());
  }

  #refuse(id: unknown): void {
    const error = { code: "KIRO_UNAVAILABLE", message: l10n.t("The bridge is not connected. Try again in a moment.") };
    this.#received.fire({ id, error });
  }
}

function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
