import { Emitter } from "../../base/events.ts";
import type { Transport } from "../../client/socket/transport.ts";

/** The editor's API for a page: messages to its host, and state that outlives the page. */
export interface Page extends Transport {
  readonly saved: unknown;
  save(state: unknown): void;
}

/** Acquires the API. Can only be called once per page. */
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
