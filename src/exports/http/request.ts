/** A request to a destination. Redirects are never followed. */
export interface OutgoingRequest {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "HEAD";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** In milliseconds, for the whole exchange. Default: 30 s. */
  readonly timeoutMs?: number | undefined;
  /** In bytes; the rest of a longer answer is not read. Default: 64 KiB. */
  readonly maxAnswerBytes?: number | undefined;
  /** True for an address that is not from the user's own settings: private addresses are refused, also behind names. */
  readonly isGuarded?: boolean | undefined;
  /** Called when the whole request is on its way over an open connection. */
  readonly onWritten?: (() => void) | undefined;
}

/** An answer of any status. */
export interface IncomingAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning, up to the limit. */
  readonly body: Buffer;
  readonly isCut: boolean;
  /** Of the destination's clock from ours in milliseconds, if it tells its time. */
  readonly skewMs: number | undefined;
}

/**
 * Sends a request. @throws DeliveryFailure `passing` if there is no answer in time, `blocked` for an address, name or
 * certificate that cannot be right; the signal's reason
 */
export type Send = (request: OutgoingRequest, signal: AbortSignal) => Promise<IncomingAnswer>;
