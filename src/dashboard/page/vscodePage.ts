import { Emitter } from "../../base/events.ts";
import type { Page } from "./page.ts";

/** Returns true in a webview of the editor, and false in a plain browser. */
export function isInEditor(): boolean {
  return typeof acquireVsCodeApi === "function";
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
