import type { Calls } from "./http/calls.ts";
import type { CallOptions } from "./options.ts";
import type { Place } from "./requests.ts";
import type { KiroSessionClosed, KiroSessionList } from "./wireTypes.ts";

/** The sessions of Kiro CLI: named conversations. */
export class Sessions {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** The sessions of all windows, or of one of them. */
  list(place: Place = {}, options: CallOptions = {}): Promise<KiroSessionList> {
    const request = { method: "GET", path: "/kiro/sessions", query: { ...this.#calls.placeOf(place) } } as const;
    return this.#calls.json<KiroSessionList>(request, options, { sessions: "object" });
  }

  /** Closes a session. @throws KiroBridgeError CONFLICT if several sessions have the name */
  close(idOrName: string, options: CallOptions & Place = {}): Promise<KiroSessionClosed> {
    const { windowId, workspacePath, ...call } = options;
    const query = { ...this.#calls.placeOf({ windowId, workspacePath }) };
    const path = `/kiro/sessions/${encodeURIComponent(idOrName)}`;
    return this.#calls.json<KiroSessionClosed>({ method: "DELETE", path, query }, call, {
      closed: "boolean",
      sessionId: "string",
    });
  }
}
