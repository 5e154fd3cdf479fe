import { parse } from "../envelope.ts";

/** One message to the inbox of a requester. `client` is its id. */
export type Frame =
  /** The request is being handled: sent if there is no response soon. */
  | { readonly kind: "taken"; readonly client: string }
  | { readonly kind: "progress"; readonly payload?: unknown }
  | { readonly kind: "response"; readonly payload?: unknown }
  /** No subscription of this client takes the request. */
  | { readonly kind: "refused"; readonly client: string }
  /** The subscriptions that took the request have ended, or have lost their connection. */
  | { readonly kind: "abandoned"; readonly client: string };

const kinds: ReadonlySet<unknown> = new Set<Frame["kind"]>(["taken", "progress", "response", "refused", "abandoned"]);

export function encodeFrame(frame: Frame): string {
  return JSON.stringify(frame);
}

/** Returns undefined for what is no frame. */
export function decodeFrame(data: Uint8Array): Frame | undefined {
  const frame = parse(data);
  return isFrame(frame) ? frame : undefined;
}

function isFrame(value: unknown): value is Frame {
  if (typeof value !== "object" || value === null || !("kind" in value) || !kinds.has(value.kind)) return false;
  return !("client" in value) || typeof value.client === "string";
}
