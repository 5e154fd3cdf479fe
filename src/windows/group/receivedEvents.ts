import type { BridgeEvent } from "../../protocol/events.ts";
import { type LinkMessage, linkMessageSchema } from "../link/messages.ts";

/** Maximum length of the JSON of one event, in characters: that of the longest output, with each character escaped. */
const MAX_EVENT_LENGTH = 64 * 1024 * 1024;

export type LinkEvent = BridgeEvent & { readonly windowEventId: number };

/** Messages of a member that carry its events. */
export type EventMessage = Extract<LinkMessage, { type: "events" | "part" | "lost" }>;

export type Received =
  | { readonly kind: "events"; readonly events: readonly LinkEvent[] }
  | { readonly kind: "lost"; readonly from: number; readonly to: number }
  /** The event is not complete yet. */
  | { readonly kind: "part" }
  /** Not valid, or not in order. */
  | { readonly kind: "wrong"; readonly detail: string };

/** Checks that the events of a member arrive in order, and joins the parts of long ones. */
export class ReceivedEvents {
  readonly #windowId: string;
  #last: number;
  #parts: string[] = [];
  #length = 0;

  /** @param after the last event that is known already */
  constructor(windowId: string, after: number) {
    this.#windowId = windowId;
    this.#last = after;
  }

  /** The `windowEventId` up to which events have arrived, or are lost. */
  get last(): number {
    return this.#last;
  }

  take(message: EventMessage): Received {
    if (message.type === "part") return this.#join(message.text, message.isLast);
    if (this.#parts.length > 0) return { kind: "wrong", detail: "the rest of an event is missing" };
    return message.type === "events" ? this.#follow(message.events) : this.#skip(message);
  }

  #join(text: string, isLast: boolean): Received {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > MAX_EVENT_LENGTH) return { kind: "wrong", detail: "an event is too long" };
    if (!isLast) return { kind: "part" };
    const whole = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    const { data } = linkMessageSchema.safeParse({ type: "events", events: [parsed(whole)] });
    return data?.type === "events" ? this.#follow(data.events) : { kind: "wrong", detail: "an event is not valid" };
  }

  #follow(events: readonly LinkEvent[]): Received {
    for (const { windowId, windowEventId } of events) {
      if (windowId !== this.#windowId) return { kind: "wrong", detail: "an event is of another window" };
      if (windowEventId !== this.#last + 1) {
        return { kind: "wrong", detail: `event ${windowEventId} follows ${this.#last}` };
      }
      this.#last = windowEventId;
    }
    return { kind: "events", events };
  }

  #skip({ from, to }: { readonly from: number; readonly to: number }): Received {
    if (from !== this.#last + 1 || to < from)
      return { kind: "wrong", detail: `lost ${from} to ${to} follows ${this.#last}` };
    this.#last = to;
    return { kind: "lost", from, to };
  }
}

/** @returns undefined for text that is not JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
