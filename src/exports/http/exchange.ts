import { type Agent, type ClientRequest, type IncomingMessage, request as createRequest } from "node:http";
import { request as createTlsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { IncomingAnswer, OutgoingRequest } from "./request.ts";

/** A connection that was kept open, and was closed by the server before it could answer a request. */
export class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super("The server has closed the connection.", { cause });
    this.name = "StaleConnectionError";
  }
}

interface Exchange extends Pick<OutgoingRequest, "method" | "url" | "body" | "onWritten"> {
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  readonly lookup: LookupFunction | undefined;
  readonly maxAnswerBytes: number;
}

/**
 * Sends a request and reads the answer, up to its limit: a longer one ends the connection.
 * @throws the signal's reason; StaleConnectionError; errors of Node
 */
export async function exchange(given: Exchange, signal: AbortSignal): Promise<Omit<IncomingAnswer, "skewMs">> {
  const { method, url, headers, agent, lookup, body, onWritten } = given;
  signal.throwIfAborted();
  const create = url.protocol === "https:" ? createTlsRequest : createRequest;
  // Also here: VS Code may replace the agent.
  const request = create(url, { method, headers, agent, signal, rejectUnauthorized: true, ...(lookup && { lookup }) });
  if (onWritten !== undefined) request.once("finish", onWritten);
  try {
    const response = await responseTo(request, body);
    const read = await headOf(response, given.maxAnswerBytes);
    return { status: response.statusCode ?? 0, headers: headersOf(response), ...read };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    // Of an answer that was read to its end, the connection has been given back.
    if (!request.destroyed) request.destroy();
  }
}

function responseTo(request: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("response", resolve);
    // Without a listener Node closes the connection, without an event.
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      reject(new Error(`The server requires another protocol (${response.statusCode}).`));
    });
    request.on("error", (error) => {
      const isReset = "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(request.reusedSocket && isReset ? new StaleConnectionError(error) : error);
    });
    request.end(body);
  });
}

async function headOf(response: IncomingMessage, maxBytes: number): Promise<Pick<IncomingAnswer, "body" | "isCut">> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response) {
    const bytes = Buffer.from(piece);
    pieces.push(bytes);
    length += bytes.length;
    if (length > maxBytes) break;
  }
  return { body: Buffer.concat(pieces).subarray(0, maxBytes), isCut: length > maxBytes };
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headersDistinct)) headers[name] = (value ?? []).join(", ");
  return headers;
}
