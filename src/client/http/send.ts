/** The `accept` of streams, whose response is not read ahead. */
export const EVENT_STREAM = "text/event-stream";

/** One request to the bridge, before it is sent. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** As in `/api/kiro/execute`, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `text/event-stream` for streams, whose response is not read ahead. */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of the queue: higher first. */
  readonly priority?: number | undefined;
  /** Present for executions and chats: named in events and metrics. */
  readonly command?: string;
  readonly args?: readonly string[] | undefined;
  /** Deadline of the client, in milliseconds; for a stream until its head. Undefined: none. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends a request. Resolves with a 2xx response; its body is read already unless it is a stream.
 * @throws KiroBridgeError for everything else, or the reason of the request's signal when that aborts
 */
export type Send = (request: WireRequest) => Promise<Response>;
