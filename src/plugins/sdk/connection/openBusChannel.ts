import { type ClientOptions, WebSocket } from "ws";
import type { Disposable } from "../../../base/disposables.ts";
import { isKiroBridgeError } from "../../../client/errors.ts";
import { failureOf } from "../../../client/http/failure.ts";
import { BridgeError, type ErrorCode, ERRORS, errorCodes, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { ChannelListener, TextChannel } from "../../bus/remote/textChannel.ts";
import type { BusEndpoint } from "./busEndpoint.ts";
import { Heartbeat } from "./heartbeat.ts";

const PATH = "/bus";
/** The deadline of the handshake, in milliseconds. */
const HANDSHAKE_MS = 30_000;
/** The time in milliseconds for the other side to close the connection as well. */
const CLOSE_MS = 1000;
/** The longest text that a bridge may send: a large payload and its envelope. */
const MAX_FRAME_BYTES = 32 * 1024 * 1024;
/** The longest response of a server that refuses the connection. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Opens a WebSocket to the bus of the bridge that the endpoint finds. Does not keep the process alive. */
export function openBusChannel(endpoint: BusEndpoint, query: string, listener: ChannelListener): TextChannel {
  const attempt = new Attempt(endpoint, listener);
  void attempt.open(query);
  return attempt;
}

class Attempt implements TextChannel {
  readonly #endpoint: BusEndpoint;
  readonly #listener: ChannelListener;
  #socket: WebSocket | undefined;
  #heartbeat: Disposable | undefined;
  #isOver = false;

  constructor(endpoint: BusEndpoint, listener: ChannelListener) {
    this.#endpoint = endpoint;
    this.#listener = listener;
  }

  async open(query: string): Promise<void> {
    try {
      const { url, token } = await this.#endpoint.next();
      if (this.#isOver) return;
      this.#socket = this.#connect(`${url.replace(/^http/, "ws")}${PATH}?${query}`, token);
    } catch (error) {
      this.#end(bridgeErrorOf(error));
    }
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  close(): void {
    this.#isOver = true;
    this.#socket?.close(1000);
  }

  #connect(url: string, token: string | undefined): WebSocket {
    const options: ClientOptions & { readonly closeTimeout: number } = {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MS,
      closeTimeout: CLOSE_MS,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      // The process lives as long as something waits for messages, not as long as the connection.
      finishRequest: (request) => request.on("socket", (connection) => connection.unref()).end(),
    };
    const socket = new WebSocket(url, options);
    let refusal: Promise<BridgeError> | undefined;
    socket.on("unexpected-response", (request, response) => {
      refusal = readRefusal(response).finally(() => request.destroy());
      void refusal.then((error) => this.#end(error));
    });
    socket.on("open", () => {
      this.#endpoint.connected();
      this.#heartbeat = new Heartbeat(socket);
    });
    socket.on("message", (data) => {
      if (!this.#isOver && Buffer.isBuffer(data)) this.#listener.onMessage(data.toString("utf8"));
    });
    socket.on("error", (error) => {
      if (refusal === undefined) this.#end(unavailable("bridge-off", `The bus cannot be reached: ${messageOf(error)}`));
    });
    socket.on("close", (code, reason) => {
      void this.#heartbeat?.dispose();
      if (refusal === undefined) this.#end(errorOfClose(code, String(reason)));
    });
    return socket;
  }

  #end(error: BridgeError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onClose(this.#endpoint.disconnected(error));
  }
}

/** Reads the reason of a server that responds with an error in place of a WebSocket. */
async function readRefusal(
  response: NodeJS.ReadableStream & { readonly statusCode?: number | undefined },
): Promise<BridgeError> {
  const { statusCode: status = 500 } = response;
  let text = "";
  try {
    for await (const part of response) {
      text += String(part);
      if (text.length > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What was received says enough, or nothing.
  }
  return bridgeErrorOf(failureOf(new Response(null, { status: Math.max(200, status) }), text));
}

/** Converts the errors of the SDK for clients, of which some have no code of the bridge. */
function bridgeErrorOf(error: unknown): BridgeError {
  if (isBridgeError(error)) return error;
  if (!isKiroBridgeError(error)) return new BridgeError("INTERNAL_ERROR", messageOf(error));
  const { code, message, context, recoverable } = error;
  const known = errorCodes.find((each) => each === code);
  if (known !== undefined && (ERRORS[known].recoverable || !recoverable))
    return new BridgeError(known, message, context);
  return unavailable("bridge-off", message);
}

function errorOfClose(closeCode: number, reason: string): BridgeError {
  const code: ErrorCode | undefined = errorCodes.find(
    (each) => ERRORS[each].closeCode === closeCode && each !== "INTERNAL_ERROR" && each !== "CONFIGURATION_ERROR",
  );
  const message = `The connection to the bus was closed (${closeCode}${reason === "" ? "" : `: ${reason}`}).`;
  if (code === undefined || ERRORS[code].recoverable) return unavailable("bridge-off", message);
  return new BridgeError(code, message, { closeCode });
}
