import { EXAMPLE_ID, EXAMPLE_TIME } from "../openapi/answers.ts";
import { eventSchemas } from "../openapi/eventSchemas.ts";
import type { MessageSchemas, Reference } from "./messageSchemas.ts";

/** The part of the document about one channel or several. */
export interface Part {
  readonly channels: Readonly<Record<string, object>>;
  readonly operations: Readonly<Record<string, object>>;
}

export function channelRef(channel: string): Reference {
  return { $ref: `#/channels/${channel}` };
}

export function messageRefs(channel: string, messages: readonly string[]): Reference[] {
  return messages.map((message) => ({ $ref: `#/channels/${channel}/messages/${message}` }));
}

const started = {
  type: "command-started",
  eventId: 42,
  timestamp: EXAMPLE_TIME,
  windowId: "window-1",
  windowEventId: 42,
  executionId: EXAMPLE_ID,
  command: "workbench.action.files.newUntitledFile",
  args: [],
};

/** The messages of all types of events. @param more fields of each */
export function eventMessages(schemas: MessageSchemas, more: object = {}): Record<string, object> {
  const messages = [...eventSchemas].map(([type, schema]) => [
    type,
    {
      name: type,
      title: type,
      ...more,
      payload: schemas.sent(schema),
      ...(type === started.type && { examples: [{ payload: started }] }),
    },
  ]);
  return Object.fromEntries(messages);
}
