import type { WebSocket } from "ws";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { noEvent } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import { RunOnce } from "../../../base/runOnce.ts";
import type { ChannelReply } from "../../../channel/channel.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import type { DashboardPush, DashboardState } from "../../contract/dashboard.ts";
import { stateOf } from "../bridgeSource.ts";
import { DashboardChannel } from "../dashboardChannel.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { RelayedEditor } from "./relayedEditor.ts";
import { MAX_BYTES, parseMessage, type ToMember, toOwnerSchema } from "./relayMessages.ts";

/** Maximum size of the messages that the member has not read, in bytes. Beyond it, the connection ends; it connects again. */
const MAX_UNREAD = 2 * MAX_BYTES.toMember;
/** Collects changes of the windows, in milliseconds. */
const COLLECT_MS = 50;

/** The owner's end of one dashboard of another window. Ends with its WebSocket. */
export class RelayedDashboard implements Disposable {
  readonly #store = new DisposableStore();
  readonly #webSocket: WebSocket;
  readonly #editor = new RelayedEditor((message) => this.#send(message));
  readonly #channel: DashboardChannel;

  constructor(webSocket: WebSocket, deps: DashboardDeps, logger: Logger) {
    this.#webSocket = webSocket;
    this.#store.defer(() => webSocket.terminate());
    this.#store.defer(() => this.#editor.close());
    const source = { parts: deps, state: sharedState(deps), onDidChange: noEvent };
    const post = (message: ChannelReply | DashboardPush): void => this.#post(message);
    this.#channel = this.#store.add(new DashboardChannel({ source, editorActions: this.#editor, post, logger }));
    const sendState = (): void => this.#send({ kind: "state", epoch: deps.epoch, windows: [...deps.windows()] });
    const sending = this.#store.add(new RunOnce(sendState, COLLECT_MS));
    this.#store.add(deps.onDidChangeWindows(sending.schedule));
    webSocket.on("message", (data, isBinary) => this.#receive(isBinary ? undefined : data));
    // `close` follows.
    webSocket.on("error", () => undefined);
    sending.now();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #receive(data: unknown): void {
    const message = parseMessage(toOwnerSchema, data);
    if (message === undefined) this.#webSocket.close(1007, "This message is not valid.");
    else if (message.kind === "page") void this.#channel.receive(message.message);
    else this.#editor.receive(message);
  }

  /** Sends an error in place of a reply that is too large. */
  #post(message: ChannelReply | DashboardPush): void {
    try {
      this.#send({ kind: "page", message });
    } catch (error) {
      if (!("id" in message) || !isBridgeError(error)) throw error;
      this.#send({ kind: "page", message: { id: message.id, error: error.toBody() } });
    }
  }

  /** @throws BridgeError PAYLOAD_TOO_LARGE */
  #send(message: ToMember): void {
    const { readyState, OPEN, bufferedAmount } = this.#webSocket;
    if (readyState !== OPEN) return;
    const bytes = Buffer.from(JSON.stringify(message));
    if (bytes.length > MAX_BYTES.toMember) throw tooLarge();
    if (bufferedAmount + bytes.length > MAX_UNREAD) this.#webSocket.terminate();
    else this.#webSocket.send(bytes, { binary: false });
  }
}

/** Returns the state as of the owner. The member replaces what is its own. */
function sharedState(deps: DashboardDeps): DashboardState {
  return { server: { kind: "on" }, isTrusted: true, version: "", ...stateOf(deps) };
}

function tooLarge(): BridgeError {
  const text = "This is too large for a dashboard of another window. Open the dashboard in the window of the run.";
  return new BridgeError("PAYLOAD_TOO_LARGE", text, { maxBytes: MAX_BYTES.toMember });
}
