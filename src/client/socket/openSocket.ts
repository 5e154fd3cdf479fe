import { onAbort } from "../../base/abort.ts";
import { startDeadline } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { KiroBridgeError } from "../errors.ts";
import { objectOf } from "../http/failure.ts";
import { hasShape } from "../http/readBody.ts";
import type { BridgeEvent } from "../wireTypes.ts";
import type { Transport } from "./transport.ts";
import type { WebSocketClass, WebSocketLike } from "./webSocketClass.ts";

export type ReadyEvent = Extract<BridgeEvent, { type: "connection-ready" }>;

/** One WebSocket to the bridge, whose `connection-ready` has been received. */
export interface OpenSocket {
  readonly transport: Transport;
  readonly ready: ReadyEvent;
  /** The host and the port of the bridge. */
  readonly host: string;
  /** Resolves when it has closed, with the error of what was pending. */
  readonly closed: Promise<KiroBridgeError>;
  close(): void;
}

/** The deadline of `connection-ready`, in milliseconds. */
const OPEN_MS = 30_000;

/**
 * Opens a WebSocket.
 * @throws KiroBridgeError NETWORK_ERROR if that fails: a WebSocket does not report why; the signal's reason
 */
export function openSocket(
  url: string,
  protocols: string[],
  { WebSocket, signal }: { readonly WebSocket: WebSocketClass; readonly signal: AbortSignal },
): Promise<OpenSocket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const store = new DisposableStore();
    const socket = create(WebSocket, url, protocols);
    const fail = (error: unknown): void => {
      void store.dispose();
      reject(error);
      socket.close();
    };
    const received = new Emitter<unknown>();
    const closed = new Promise<KiroBridgeError>((settle) => {
      socket.addEventListener("close", ({ code, reason }) => {
        fail(failureOf("it was closed before it was ready"));
        settle(errorOfClose(code, reason));
      });
    });
    socket.addEventListener("error", () => undefined);
    store.add(onAbort(signal, fail));
    store.add(startDeadline(OPEN_MS, () => fail(failureOf(`it was not ready within ${OPEN_MS} ms`))));
    let isReady = false;
    socket.addEventListener("message", ({ data }) => {
      const message = typeof data === "string" ? objectOf(data) : undefined;
      if (isReady) return received.fire(message);
      if (!isReadyEvent(message)) return fail(failureOf("it is not one of Kiro Bridge"));
      isReady = true;
      void store.dispose();
      const { host } = new URL(url);
      const transport = transportOf(socket, received);
      resolve({ transport, ready: message, host, closed, close: () => socket.close(1000) });
    });
  });
}

/** @throws KiroBridgeError without its reason, because browsers quote the subprotocol, which has the token */
function create(WebSocket: WebSocketClass, url: string, protocols: string[]): WebSocketLike {
  try {
    return new WebSocket(url, protocols);
  } catch {
    const message =
      "A WebSocket cannot be created with this address, or a token that has other characters than letters, digits, _, - and the like.";
    throw new KiroBridgeError("CONFIGURATION_ERROR", message);
  }
}

function transportOf(socket: WebSocketLike, received: Emitter<unknown>): Transport {
  return { post: (message) => socket.send(JSON.stringify(message)), onDidReceive: received.event };
}

function isReadyEvent(message: object | undefined): message is ReadyEvent {
  const shape = { type: "string", epoch: "string", timestamp: "string" } as const;
  return hasShape<ReadyEvent>(message, shape) && message.type === "connection-ready";
}

function failureOf(reason: string): KiroBridgeError {
  return new KiroBridgeError("NETWORK_ERROR", `The WebSocket of Kiro Bridge cannot be opened: ${reason}.`, {
    recoverable: true,
  });
}

/** The codes that say more than that the connection is lost (docs/wire-contract.md#53-websocket). */
const closeCodes = {
  1008: { code: "ACCESS_DENIED", recoverable: false },
  1009: { code: "PAYLOAD_TOO_LARGE", recoverable: false },
  1013: { code: "RATE_LIMIT_EXCEEDED", recoverable: true },
  4401: { code: "AUTHENTICATION_FAILED", recoverable: true },
} as const;

function errorOfClose(closeCode: number, reason: string): KiroBridgeError {
  const known = Object.entries(closeCodes).find(([code]) => Number(code) === closeCode)?.[1];
  const { code, recoverable } = known ?? { code: "NETWORK_ERROR", recoverable: true };
  const message = `The WebSocket of Kiro Bridge was closed (${closeCode}${reason === "" ? "" : `: ${reason}`}).`;
  return new KiroBridgeError(code, message, { recoverable, context: { closeCode } });
}
