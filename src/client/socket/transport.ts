import type { Event } from "../../base/events.ts";

/** Carries messages to the host and back, in order. */
export interface Transport {
  post(message: unknown): void;
  readonly onDidReceive: Event<unknown>;
}
