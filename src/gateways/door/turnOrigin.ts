import type { IncomingMessage } from "node:http";
import type { Message } from "../turns/turn.ts";

/** The parts of a request outside its body that make an equal body another request. */
export interface TurnOrigin {
  /** The session that the client has named. */
  readonly session: string | undefined;
  /** The window and the folder that it has named. */
  readonly place: object;
}

export function turnOriginOf({ headers }: IncomingMessage): TurnOrigin {
  const session = headers["x-kiro-session"];
  const place = { window: headers["x-kiro-window"], folder: headers["x-kiro-workspace"] };
  return { session: session === undefined ? undefined : String(session), place };
}

/** Returns the IDs of calls and the keys of sessions in a conversation, the newest first. */
export function* idsInMessages(messages: readonly Message[]): Generator<string> {
  for (const message of messages.toReversed()) {
    if (message.role === "tool") yield message.callId;
    if (message.role === "assistant") {
      yield* message.keys;
      for (const { id } of message.calls) yield id;
    }
  }
}
