/** The resources of the bridge. */
export const STATUS_URI = "bridge://status";
export const EVENTS_URI = "bridge://events";
const EXECUTION = "bridge://executions/";
const ID = /^[A-Za-z0-9-]{1,100}$/;
const EVENTS = /^bridge:\/\/events(?:\?since=(\d{1,15}))?$/;

export type ResourceAddress =
  | { readonly kind: "status" }
  | { readonly kind: "execution"; readonly id: string }
  /** `since`: the newest event that the reader has. */
  | { readonly kind: "events"; readonly since: number };

export function executionUri(id: string): string {
  return `${EXECUTION}${id}`;
}

/** Reads the URI of a resource as it is: nothing is decoded or normalized. @returns undefined for any other text */
export function addressOf(uri: string): ResourceAddress | undefined {
  if (uri === STATUS_URI) return { kind: "status" };
  const events = EVENTS.exec(uri);
  if (events !== null) return { kind: "events", since: Number(events[1] ?? 0) };
  const id = uri.startsWith(EXECUTION) ? uri.slice(EXECUTION.length) : "";
  return ID.test(id) ? { kind: "execution", id } : undefined;
}
