import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { startDeadline } from "../../../base/deadline.ts";
import { editorUser } from "../../../core/access/principal.ts";
import { errorBodySchema } from "../../../protocol/errorBody.ts";
import { BridgeError, ERRORS, type ErrorCode } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { CALLER_HEADER, callerText } from "../../../server/guards/callerHeader.ts";
import { type OwnerLink, StreamAgent } from "../../../server/windows/streamAgent.ts";
import type { OpenChannel } from "../../bus/remote/textChannel.ts";

const CONNECT_MS = 5000;
/** Maximum size of a frame of the owner in bytes. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** Maximum size of the response to a rejected upgrade, in characters. */
const MAX_BODY = 64 * 1024;

/** Connects to the bus of the window that has the address, over the link to it. */
export function ownerChannel(link: OwnerLink): OpenChannel {
  return (query, listener) => {
    const webSocket = new WebSocket(`ws://localhost/bus?${query}`, {
      agent: new StreamAgent(link),
      headers: { [CALLER_HEADER]: callerText(editorUser) },
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });
    let refusal: Promise<BridgeError> | undefined;
    const deadline = startDeadline(CONNECT_MS, () => webSocket.terminate());
    webSocket.once("open", () => void deadline.dispose());
    webSocket.once("unexpected-response", (_request, response) => {
      refusal = refusalOf(response);
      void refusal.then(() => webSocket.terminate());
    });
    webSocket.on("message", (data) => listener.onMessage(Buffer.isBuffer(data) ? data.toString() : ""));
    // `close` follows.
    webSocket.on("error", () => undefined);
    webSocket.once("close", (code, reason) => {
      void deadline.dispose();
      void (refusal ?? Promise.resolve(errorOfClose(code, reason.toString()))).then((error) => listener.onClose(error));
    });
    return { send: (text) => webSocket.send(text), close: () => webSocket.close(1000) };
  };
}

/** Reads the error of a rejected upgrade. */
async function refusalOf(response: IncomingMessage): Promise<BridgeError> {
  try {
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) if (text.length < MAX_BODY) text += String(chunk);
    const { code, message, context } = errorBodySchema.parse(JSON.parse(text));
    return new BridgeError(code, message, context);
  } catch {
    return lost();
  }
}

/** Returns the error of a close code, of which several errors may have the same: the recoverable one of them. */
function errorOfClose(closeCode: number, reason: string): BridgeError {
  const codes = Object.entries(ERRORS).filter(([, error]) => error.closeCode === closeCode);
  const [code] = codes.find(([, { recoverable }]) => recoverable) ?? codes[0] ?? [];
  return code === undefined ? lost() : new BridgeError(toCode(code), reason === "" ? undefined : reason);
}

function toCode(name: string): ErrorCode {
  return errorBodySchema.shape.code.parse(name);
}

function lost(): BridgeError {
  return unavailable("window-gone", "The connection to the bus of the other window was lost.");
}
