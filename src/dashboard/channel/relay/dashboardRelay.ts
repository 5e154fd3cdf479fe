import { WebSocket } from "ws";
import { type Clock, systemClock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { ChannelReply } from "../../../channel/channel.ts";
import { editorUser } from "../../../core/access/principal.ts";
import { BridgeError, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import { socketRequestSchema } from "../../../protocol/socket.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { CALLER_HEADER, callerText } from "../../../server/guards/callerHeader.ts";
import { type OwnerLink, StreamAgent } from "../../../server/windows/streamAgent.ts";
import type { DashboardPush, WindowView } from "../../contract/dashboard.ts";
import type { EditorActions } from "../editorActions.ts";
import {
  MAX_BYTES,
  parseMessage,
  RELAY_PATH,
  type RelayedAction,
  relayedActions,
  type ToMember,
  toMemberSchema,
  type ToOwner,
} from "./relayMessages.ts";

/** The delay before another attempt to connect, and the timeout of each, in milliseconds. */
const RETRY_MS = 300;
const CONNECT_MS = 5000;

/** The owner's part of the state. */
export interface SharedState {
  readonly epoch: string;
  readonly windows: readonly WindowView[];
}

export interface DashboardRelayDeps {
  readonly link: OwnerLink;
  readonly editorActions: EditorActions;
  readonly post: (message: ChannelReply | DashboardPush) => void;
  /** The owner has sent its part of the state. @param isFirst true if the relay has just connected */
  readonly onState: (state: SharedState, isFirst: boolean) => void;
  readonly onDisconnect: () => void;
  readonly clock?: Clock;
}

export interface DashboardRelayOptions {
  /** The window of the dashboard. */
  readonly windowId: string;
}

type RequestId = string | number | null;

type RelayState =
  /** Another attempt is pending. */
  | { readonly kind: "waiting"; readonly retry: Disposable }
  | { readonly kind: "connecting" | "connected"; readonly webSocket: WebSocket }
  | { readonly kind: "disposed" };

/**
 * Passes the messages of one dashboard to the window that has the address, and back. Each request gets a reply: from there,
 * or an error when the connection ends. Connects again until it is disposed.
 */
export class DashboardRelay implements Disposable {
  readonly #deps: DashboardRelayDeps;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #pending = new Set<RequestId>();
  #state: RelayState;

  constructor(deps: DashboardRelayDeps, { windowId }: DashboardRelayOptions) {
    this.#deps = deps;
    this.#url = `ws://localhost${RELAY_PATH}?windowId=${encodeURIComponent(windowId)}`;
    this.#clock = deps.clock ?? systemClock;
    this.#state = this.#connect();
  }

  get isConnected(): boolean {
    return this.#state.kind === "connected";
  }

  /** Passes a request of the page on. Messages without an ID cannot be answered. */
  receive(message: unknown): void {
    const request = socketRequestSchema.safeParse(message);
    if (!request.success) return;
    const { id } = request.data;
    if (this.#state.kind !== "connected") return this.#refuse(id, reconnecting());
    const text = JSON.stringify({ kind: "page", message } satisfies ToOwner);
    if (Buffer.byteLength(text) > MAX_BYTES.toOwner)
      return this.#refuse(id, new BridgeError("PAYLOAD_TOO_LARGE", undefined, { maxBytes: MAX_BYTES.toOwner }));
    this.#pending.add(id);
    this.#state.webSocket.send(text);
  }

  dispose(): void {
    const state = this.#state;
    this.#state = { kind: "disposed" };
    if (state.kind === "waiting") void state.retry.dispose();
    else if (state.kind !== "disposed") state.webSocket.terminate();
    this.#refusePending();
  }

  #connect(): RelayState {
    const webSocket = new WebSocket(this.#url, {
      agent: new StreamAgent(this.#deps.link),
      headers: { [CALLER_HEADER]: callerText(editorUser) },
      perMessageDeflate: false,
      maxPayload: MAX_BYTES.toMember,
    });
    const deadline = this.#clock.after(CONNECT_MS, () => {
      if (this.#state.kind === "connecting") webSocket.terminate();
    });
    webSocket.on("message", (data, isBinary) => {
      const message = parseMessage(toMemberSchema, isBinary ? undefined : data);
      if (message === undefined) webSocket.close(1007, "This message is not valid.");
      else if (this.#state.kind !== "disposed") this.#take(message, webSocket);
    });
    // `close` follows.
    webSocket.on("error", () => undefined);
    webSocket.once("close", () => {
      void deadline.dispose();
      this.#disconnected();
    });
    return { kind: "connecting", webSocket };
  }

  #disconnected(): void {
    const { kind } = this.#state;
    if (kind === "disposed") return;
    const retry = this.#clock.after(RETRY_MS, () => (this.#state = this.#connect()));
    this.#state = { kind: "waiting", retry };
    this.#refusePending();
    if (kind === "connected") this.#deps.onDisconnect();
  }

  #take(message: ToMember, webSocket: WebSocket): void {
    if (message.kind === "act") void this.#act(message, webSocket);
    else if (message.kind === "state") {
      const isFirst = this.#state.kind === "connecting";
      this.#state = { kind: "connected", webSocket };
      this.#deps.onState(message, isFirst);
    } else {
      if ("id" in message.message) this.#pending.delete(message.message.id);
      this.#deps.post(message.message);
    }
  }

  async #act({ id, action, params }: Extract<ToMember, { kind: "act" }>, webSocket: WebSocket): Promise<void> {
    const outcome = await act(this.#deps.editorActions, action, params).then(
      (result) => ({ kind: "done", id, result: result === true }),
      (error: unknown) => ({ kind: "failed", id, error: asBridgeError(error).toBody() }),
    );
    if (webSocket.readyState === WebSocket.OPEN) webSocket.send(JSON.stringify(outcome));
  }

  #refusePending(): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const id of pending) this.#refuse(id, reconnecting());
  }

  #refuse(id: RequestId, error: BridgeError): void {
    this.#deps.post({ id, error: error.toBody() });
  }
}

/** Performs an action of the closed list. @throws ZodError for other arguments */
async function act(editor: EditorActions, action: RelayedAction, params: unknown): Promise<unknown> {
  switch (action) {
    case "openText":
      return editor.openText(...relayedActions.openText.parse(params));
    case "copy": {
      const [text, words] = relayedActions.copy.parse(params);
      return editor.copy(text, { words });
    }
    case "confirm": {
      const [question, detail, yes, no] = relayedActions.confirm.parse(params);
      return editor.confirm({ kind: "words", question, detail, yes, no });
    }
    case "confirmClearHistory":
      return editor.confirmClearHistory();
    case "saveRun":
      return editor.saveRun(...relayedActions.saveRun.parse(params));
  }
}

function asBridgeError(error: unknown): BridgeError {
  return isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR", messageOf(error));
}

/** Returns the error of what a dashboard asks while the owner of the address is away. */
export function reconnecting(): BridgeError {
  return unavailable("window-gone", "Reconnecting to the window that has the address… Try again in a moment.");
}
