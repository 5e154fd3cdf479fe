import type { Event } from "../../base/events.ts";

/** A way for messages to the host and back; whatever it is made of, it keeps their order. */
export interface Transport {
  post(message: unknown): void;
  readonly onDidReceive: Event<unknown>;
}
