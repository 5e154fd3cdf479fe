import type { Transport } from "../../client/socket/transport.ts";

/** The surroundings of a page: messages to its host, and state that outlives the page. */
export interface Page extends Transport {
  readonly saved: unknown;
  save(state: unknown): void;
}
