import type { BridgeEvent } from "../client/wireTypes.ts";
import type { LiveState } from "./liveEvents.ts";

/** Number of events that the page keeps; older ones are removed. */
const MAX_EVENTS = 200;
/** Longer events are cut off on the page. */
const MAX_TEXT = 2000;

/** The list of events, newest first, and the line about it that screen readers announce. */
export class EventList {
  readonly #list: HTMLOListElement;
  readonly #status: HTMLElement;
  /** Oldest first. */
  #events: BridgeEvent[] = [];
  #type = "";
  #state: LiveState = { kind: "off" };

  constructor(list: HTMLOListElement, status: HTMLElement) {
    this.#list = list;
    this.#status = status;
  }

  add(event: BridgeEvent): void {
    this.#events = [...this.#events, event].slice(-MAX_EVENTS);
    if (this.#isShown(event)) this.#list.prepend(itemOf(event));
    while (this.#list.childElementCount > MAX_EVENTS) this.#list.lastElementChild?.remove();
    this.#describe();
  }

  /** @param type "" shows all */
  filter(type: string): void {
    this.#type = type;
    const shown = this.#events.filter((event) => this.#isShown(event)).toReversed();
    this.#list.replaceChildren(...shown.map(itemOf));
    this.#describe();
  }

  clear(): void {
    this.#events = [];
    this.filter(this.#type);
  }

  show(state: LiveState): void {
    this.#state = state;
    this.#describe();
  }

  #isShown({ type }: BridgeEvent): boolean {
    return this.#type === "" || type === this.#type;
  }

  #describe(): void {
    const count = `${this.#list.childElementCount} of ${this.#events.length} events shown.`;
    const { kind } = this.#state;
    const state =
      this.#state.kind === "failed" ? `Stopped: ${this.#state.message}` : kind === "on" ? "Live." : "Stopped.";
    this.#status.textContent = `${state} ${count}`;
  }
}

function itemOf(event: BridgeEvent): HTMLLIElement {
  const item = document.createElement("li");
  const { type, timestamp } = event;
  item.append(textElement("time", timestamp), " ", textElement("strong", type), " ");
  item.append(textElement("code", JSON.stringify(event).slice(0, MAX_TEXT)));
  return item;
}

/** Creates an element with text that is never read as HTML. */
function textElement(name: "time" | "strong" | "code", text: string): HTMLElement {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
