import type { MessageType as OneType } from "../bus/message.ts";

/** The types of messages by the names of the guide. */
export const MessageType = {
  REQUEST: "request",
  RESPONSE: "response",
  EVENT: "event",
  COMMAND: "command",
} as const satisfies Readonly<Record<string, OneType>>;

export type MessageType = OneType;
