import { bridgeEvents } from "../client/events/bridgeEvents.ts";
import { baseSend } from "../client/http/baseSend.ts";
import { Calls } from "../client/http/calls.ts";
import { FixedEndpoint } from "../client/http/endpoint.ts";
import { Lifetime } from "../client/lifetime.ts";
import { EventList } from "./eventList.ts";
import { LiveEvents } from "./liveEvents.ts";

/** Returns an element of the page (src/server/routes/docsPage.ts). */
function element<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no #${id}.`);
  return found;
}

const form = element("live-form", HTMLFormElement);
const token = element("live-token", HTMLInputElement);
const types = element("live-types", HTMLSelectElement);
const button = element("live-start", HTMLButtonElement);
const list = new EventList(element("live-events", HTMLOListElement), element("live-status", HTMLElement));
const live = new LiveEvents({
  open: (signal) => {
    // Of the page itself: its Content-Security-Policy allows no other address.
    const endpoint = new FixedEndpoint(location.origin, token.value.trim());
    const send = baseSend({ endpoint, fetch: undefined, name: undefined });
    return bridgeEvents(new Calls({ send, lifetime: new Lifetime() }, {}), {}, { signal });
  },
  onEvent: (event) => list.add(event),
  onState: (state) => {
    button.textContent = state.kind === "on" ? "Stop" : "Start";
    list.show(state);
  },
});

form.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  live.toggle();
});
types.addEventListener("change", () => list.filter(types.value));
element("live-clear", HTMLButtonElement).addEventListener("click", () => list.clear());
