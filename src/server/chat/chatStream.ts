import type { Session } from "better-sse";
import type { Request, Response } from "express";
import { commitNow } from "../../base/endOfTurn.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { ClientRegistry } from "../clients.ts";
import { EventFeed, type EventSink, mayMissBeginning } from "../../channel/eventFeed.ts";
import { openEventSession } from "../events/eventSession.ts";
import { MAX_WAITING_BYTES } from "../limits/slowReaders.ts";
import { LateAnswer } from "../limits/lateAnswer.ts";

/**
 * Sends a chat as Server-Sent Events: `delta` {text}, `retract` {length}, `question`, `tool` and `notice`, then `done`
 * with the body of a plain response, or `error` with the error body. The turn continues if the client disconnects. A
 * slow client gets `events-lost`, and the whole text in `done`.
 * @param after the newest event before the execution was accepted; 0 searches all stored events for its beginning
 * @param last creates the final event
 */
export async function streamChat(
  request: Request,
  response: Response,
  execution: Answerable,
  { log, clients, after }: { readonly log: EventLog; readonly clients: ClientRegistry; readonly after: number },
  last: (ended: Answerable) => Promise<LastEvent>,
): Promise<void> {
  const opened = await openEventSession(request, response, clients);
  if (opened === undefined) return;
  const { id } = execution;
  const sink = new ChatSink(opened.session, response, id);
  const wants = (event: BridgeEvent): boolean => "executionId" in event && event.executionId === id;
  const feed = new EventFeed(log, sink, { after, wants, mayMiss: mayMissBeginning });
  response.once("close", () => void feed.dispose());
  await execution.settled;
  // The execution is not retained from here on, since the client may be slow.
  finishWhenRead(feed, sink, response, new LateAnswer(execution), last);
}

function finishWhenRead(
  feed: EventFeed,
  sink: ChatSink,
  response: Response,
  late: LateAnswer,
  last: (ended: Answerable) => Promise<LastEvent>,
): void {
  feed.whenCaughtUp(() => {
    late.whenRoom(response.app.locals.unsent, (ended) => {
      last(ended).then(
        (event) => sink.finish(event),
        () => response.destroy(),
      );
    });
  });
}

/** The last event of a stream. */
interface LastEvent {
  readonly name: "done" | "error";
  readonly body: object;
}

/** The stream of one chat, as an event sink. */
class ChatSink implements EventSink {
  readonly #session: Session;
  readonly #response: Response;
  readonly #executionId: string;
  #lastId = 0;

  constructor(session: Session, response: Response, executionId: string) {
    this.#session = session;
    this.#response = response;
    this.#executionId = executionId;
  }

  get isBehind(): boolean {
    return this.#response.writableLength > MAX_WAITING_BYTES;
  }

  send(event: BridgeEvent): void {
    this.#lastId = event.eventId;
    const told = inChatWords(event, this.#executionId);
    if (told !== undefined) this.#push(told.name, told.body);
  }

  onceDrained(listener: () => void): void {
    this.#response.once("drain", listener);
  }

  /** Has the ID of the execution's last event, which it replaces. */
  finish({ name, body }: LastEvent): void {
    const response = this.#response;
    this.#push(name, body);
    response.end();
    if (response.writableLength > 0) response.app.locals.unsent?.holdUntilSent(response, response.writableLength);
  }

  #push(name: string, body: object): void {
    if (!this.#session.isConnected) return;
    commitNow();
    this.#session.push(body, name, String(this.#lastId));
  }
}

/** Returns undefined for events that a chat client does not need. */
function inChatWords(event: BridgeEvent, executionId: string): { name: string; body: object } | undefined {
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
      const { toolCallId, title, kind, status, childId, by, diffs } = event;
      return { name: "tool", body: { toolCallId, title, kind, status, childId, by, diffs } };
    }
    case "events-lost":
      return { name: "events-lost", body: { from: event.from, to: event.to } };
    default:
      return undefined;
  }
}
