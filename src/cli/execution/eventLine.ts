import type { BridgeEvent, EventType } from "../../client/index.ts";
import { textOfCompaction, textOfStep } from "../../protocol/agents/agentStepText.ts";
import { shownDuration } from "../output/duration.ts";
import { plainLine } from "../output/plainText.ts";
import type { Style } from "../output/style.ts";

/** The types of events, each with the word for people and its colour. */
const words = {
  "connection-ready": ["connected", "dim"],
  "command-queued": ["queued", "dim"],
  "command-started": ["started", "cyan"],
  "command-output": ["output", "dim"],
  "output-retracted": ["taken back", "dim"],
  "tool-call": ["tool", "cyan"],
  "agent-step": ["step", "dim"],
  "conversation-compacted": ["compacted", "dim"],
  "wait-changed": ["waiting", "yellow"],
  "user-input-required": ["question", "yellow"],
  "input-accepted": ["answered", "green"],
  "input-expired": ["not answered", "yellow"],
  "command-completed": ["completed", "green"],
  "command-error": ["failed", "red"],
  "command-cancelled": ["cancelled", "yellow"],
  "status-changed": ["status", "dim"],
  "session-changed": ["session", "dim"],
  "window-joined": ["window joined", "cyan"],
  "window-left": ["window left", "yellow"],
  "events-lost": ["events lost", "red"],
} as const satisfies Record<EventType, readonly [string, keyof Style]>;

export const eventTypes = Object.keys(words);

const known: ReadonlySet<unknown> = new Set(eventTypes);

export function isEventType(text: unknown): text is EventType {
  return known.has(text);
}

const LONGEST_OUTPUT = 200;

/** Describes an event on one line, which is safe to print. */
export function eventLine(event: BridgeEvent, style: Style): string {
  // A later bridge has further types.
  if (!isEventType(event.type)) return plainLine(String(event["type"]));
  const [word, colour] = words[event.type];
  const detail = plainLine(detailOf(event));
  return `${style[colour](word)}${detail === "" ? "" : ` ${detail}`}`;
}

function detailOf(event: BridgeEvent): string {
  switch (event.type) {
    case "command-queued":
      return event.position === 0 ? event.command : `${event.command}, ${event.position} ahead`;
    case "command-started":
      return shortened([event.command, ...event.args].join(" "));
    case "command-output":
      return shortened(event.output);
    case "output-retracted":
      return `${event.length} characters`;
    case "tool-call":
      return event.status === undefined ? event.title : `${event.title}: ${event.status}`;
    case "agent-step":
      return textOfStep(event);
    case "conversation-compacted":
      return textOfCompaction(event);
    case "wait-changed":
      return event.waitingFor === undefined ? "no longer" : "for the client's tool";
    case "user-input-required":
      return event.choices === undefined ? event.prompt : `${event.prompt} (${event.choices.join(" | ")})`;
    case "input-accepted":
    case "input-expired":
      return event.inputValue;
    case "command-completed":
      return `in ${shownDuration(event.executionTimeMs)}`;
    case "command-error":
      return event.error;
    case "command-cancelled":
      return event.how;
    default:
      return detailOfOthers(event);
  }
}

/** Describes an event that is of no execution. */
function detailOfOthers(event: BridgeEvent): string {
  switch (event.type) {
    case "status-changed":
      return event.currentCommand === undefined ? event.status : `${event.status}: ${event.currentCommand}`;
    case "session-changed":
      return `${event.name} is ${event.state}`;
    case "window-joined":
      return [event.window.editor, ...event.window.workspaceFolders].join(" ");
    case "window-left":
      return `${event.leftWindowId}: ${event.reason}`;
    case "events-lost":
      return event.lostWindowId === undefined ? `${event.from} to ${event.to}` : `of ${event.lostWindowId}`;
    default:
      return "";
  }
}

function shortened(text: string): string {
  return text.length > LONGEST_OUTPUT ? `${text.slice(0, LONGEST_OUTPUT)}…` : text;
}
