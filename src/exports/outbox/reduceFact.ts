import { createHash } from "node:crypto";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { Requester } from "../../protocol/executions.ts";
import type { ContentLevel, Fact } from "./fact.ts";

/** A word as programs name kinds and states, and no text of a person. */
const PLAIN_WORD = /^[A-Za-z][\w.-]{0,31}$/;
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/** Returns a fact with the content of a level, of one with that of the same level or of a higher one. */
export function reduceFact(fact: Fact, level: ContentLevel): Fact {
  if (level === "all") return fact;
  const event = withoutTexts(fact.event);
  return { ...fact, event: level === "output" ? withOutcome(event, fact.event) : event };
}

/** Returns the more telling one of two levels. */
export function higherLevel(a: ContentLevel, b: ContentLevel): ContentLevel {
  if (a === "all" || b === "all") return "all";
  return a === "output" || b === "output" ? "output" : "none";
}

/** Returns a word, or undefined for a text. */
export function plainWord(text: string | undefined): string | undefined {
  return text !== undefined && PLAIN_WORD.test(text) ? text : undefined;
}

/** Returns an ID that others have chosen, or, for one that may be a text, another one that is the same each time. */
export function plainId(id: string): string {
  return PLAIN_ID.test(id) ? id : `id-${createHash("sha256").update(id).digest("hex").slice(0, 16)}`;
}

/** Removes all content. Required texts are empty. */
function withoutTexts(event: BridgeEvent): BridgeEvent {
  switch (event.type) {
    case "command-queued":
      return event.requestedBy === undefined ? event : { ...event, requestedBy: withoutNames(event.requestedBy) };
    case "command-started":
      return event.requestedBy === undefined
        ? { ...event, args: [] }
        : { ...event, args: [], requestedBy: withoutNames(event.requestedBy) };
    case "command-output":
    case "command-completed":
      return { ...event, output: "" };
    case "command-error":
      return { ...event, error: "" };
    case "user-input-required": {
      const { choices: _, ...rest } = event;
      return { ...rest, prompt: "" };
    }
    case "input-accepted":
    case "input-expired":
      return { ...event, inputValue: "" };
    case "tool-call": {
      const { diffs: _, kind, status, ...rest } = event;
      const words = { kind: plainWord(kind), status: plainWord(status) };
      return { ...rest, ...withValues(words), toolCallId: plainId(event.toolCallId), title: "" };
    }
    case "agent-step": {
      const { reason: _, finishReason, currency, ...rest } = event;
      return { ...rest, ...withValues({ finishReason: plainWord(finishReason), currency: plainWord(currency) }) };
    }
    case "session-changed":
      return { ...event, sessionId: plainId(event.sessionId), name: "", state: plainWord(event.state) ?? "" };
    case "window-joined":
      return { ...event, window: { ...event.window, workspaceFolders: [] } };
    default:
      return event;
  }
}

/** Adds the output, or the error, of the original. */
function withOutcome(event: BridgeEvent, original: BridgeEvent): BridgeEvent {
  if ("output" in event && "output" in original) return { ...event, output: original.output };
  return event.type === "command-error" && original.type === event.type ? { ...event, error: original.error } : event;
}

const nameless = new WeakMap<Requester, Requester>();

/** Removes the names that programs and people have chosen. Executions of one caller share the object. */
export function withoutNames(requester: Requester): Requester {
  const known = nameless.get(requester);
  if (known !== undefined) return known;
  const { origin, via, principal } = requester;
  const reduced = {
    origin,
    ...(via !== undefined && { via }),
    ...(principal !== undefined && { principal: { ...principal, name: "" } }),
  };
  nameless.set(requester, reduced);
  return reduced;
}

function withValues(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}
