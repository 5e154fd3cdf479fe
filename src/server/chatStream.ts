import type { IncomingMessage, ServerResponse } from "node:http";
import type { Session } from "better-sse";
import type { EventLog } from "../core/eventLog.ts";
import type { Answerable } from "../core/submission.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { ClientRegistry } from "./clients.ts";
import { EventFeed, mayMissBeginning, type EventSink } from "./eventFeed.ts";
import { openEventSession } from "./eventSession.ts";

/**
 * Answers a chat as Server-Sent Events: `delta` {text} as the CLI speaks, `retract` {length} when
 * it takes back the end of that, `question`, `tool` and `notice` in between, then `done` with
 * the body that a plain answer would have, or `error` with the error body. A client that hangs up does not cancel the turn;
 * one that reads slowly is told `events-lost`, and still gets the whole text in `done`.
 * @param after the newest event before the execution was accepted; 0 looks for its beginning among all that are kept
 * @param last makes the final event
 */
export async function streamChat(
  request: IncomingMessage,
  response: ServerResponse,
  execution: Answerable,
  { log, clients, after }: { readonly log: EventLog; readonly clients: ClientRegistry; readonly after: number },
  last: () => { readonly name: "done" | "error"; readonly body: object },
): Promise<void> {
  const opened = await openEventSession(request, response, clients);
  if (opened === undefined) return;
  const { session } = opened;
  const wants = (event: BridgeEvent): boolean => "executionId" in event && event.executionId === execution.id;
  const feed = new EventFeed(log, sinkOf(session, response, execution), { after, wants, mayMiss: mayMissBeginning });
  response.once("close", () => void feed.dispose());
  await execution.settled;
  feed.whenCaughtUp(() => {
    const { name, body } = last();
    if (session.isConnected) session.push(body, name);
    response.end();
  });
}

function sinkOf(session: Session, response: ServerResponse, execution: Answerable): EventSink {
  return {
    send: (event) => {
      const told = inChatWords(event, execution);
      if (told !== undefined && session.isConnected) session.push(told.body, told.name, String(event.eventId));
    },
    get waitingBytes() {
      return response.writableLength;
    },
    onceDrained: (listener) => void response.once("drain", listener),
  };
}

/** Undefined for what the reader of a chat does not need. */
function inChatWords(event: BridgeEvent, execution: Answerable): { name: string; body: object } | undefined {
  const { id: executionId } = execution;
  switch (event.type) {
    case "command-queued":
      return { name: "queued", body: { executionId, position: event.position } };
    case "command-started":
      return { name: "started", body: { executionId } };
    case "command-output":
      return { name: event.stream === "stdout" ? "delta" : "notice", body: { text: event.output } };
    case "output-retracted":
      return { name: "retract", body: { length: event.length } };
    case "user-input-required": {
      const { questionId, prompt, inputType, choices, timeoutMs } = event;
      return { name: "question", body: { executionId, questionId, prompt, inputType, choices, timeoutMs } };
    }
    case "input-accepted":
    case "input-expired":
      return { name: event.type, body: { executionId, questionId: event.questionId, inputValue: event.inputValue } };
    case "tool-call": {
      const { toolCallId, title, kind, status } = event;
      return { name: "tool", body: { toolCallId, title, kind, status } };
    }
    case "events-lost":
      return { name: "events-lost", body: { from: event.from, to: event.to } };
    default:
      return undefined;
  }
}
