import type { Duplex } from "node:stream";

/** The link to the window that has the address. */
export interface OwnerLink {
  /** Opens a connection to the server of that window. Fails with an `error` event if the link ends. */
  openStream(): Duplex;
}
