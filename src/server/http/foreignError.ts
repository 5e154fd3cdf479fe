import type { IncomingMessage } from "node:http";
import type { BridgeError } from "../../protocol/errors.ts";

/** An error in the form of another API. */
export interface ForeignError {
  readonly status: number;
  /** In addition to those that every error has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Returns an error in the form that the clients of a path read; undefined for our own form. */
export type ErrorForm = (request: IncomingMessage, error: BridgeError, requestId: string) => ForeignError | undefined;
