import type { IncomingMessage } from "node:http";
import type { Answer } from "../../server/http/answers.ts";
import type { Piece, TurnRequest, TurnResponse } from "./turn.ts";

/** Writes one response in the words of a protocol. Has the state of that response, such as the index of an open block. */
export interface Renderer {
  /** The header with the ID of the execution. */
  readonly requestIdHeader: "x-request-id" | "request-id";
  /** Returns the Server-Sent Events at the head of a stream. */
  start(response: TurnResponse): string;
  /** Returns the Server-Sent Events of a piece, also of the last one, `end` or `failed`; "" for none. */
  piece(piece: Piece): string;
  /** Sent every 10 s besides the comment that keeps the connection alive; "" for none. */
  readonly ping: string;
  /** Returns the body of a response without a stream. The last piece is `end`. */
  body(pieces: readonly Piece[], response: TurnResponse): object;
}

/** A request of a client that a turn answers. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: Answer;
  readonly turn: TurnRequest;
  readonly isStream: boolean;
  /** Names of fields without effect, as the protocol knows them, for the header `x-kiro-bridge-ignored`. */
  readonly ignored: readonly string[];
  readonly renderer: Renderer;
  /** Called with the response of the agents, before anything is sent. */
  readonly onResponse?: (response: TurnResponse) => void;
}

/**
 * Answers a request, with or without a stream. Resolves when the response is sent, or its client has gone.
 * @throws BridgeError if it failed before anything was sent; the caller sends it
 */
export type ServeTurn = (exchange: Exchange) => Promise<void>;
