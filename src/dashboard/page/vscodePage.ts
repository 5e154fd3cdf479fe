import { Emitter } from "../../base/events.ts";
import type { Transport } from "../state/transport.ts";

/** What the editor gives a page: a way to its host, and a place for what outlives the page. */
export interface Page extends Transport {
  readonly saved: unknown;
  save(state: unknown): void;
}

/** May be called once in the life of a page. */
export function openPage(): Page {
  const api = acquireVsCodeApi();
  const received = new Emitter<unknown>();
  addEventListener("message", ({ data }) => received.fire(data));
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's api is no window
    post: (message) => api.postMessage(message),
    onDidReceive: received.event,
    saved: api.getState(),
    save: (state) => void api.setState(state),
  };
}
