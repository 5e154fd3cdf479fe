import { Agent } from "node:http";
import type { Duplex } from "node:stream";

/** The link to the window that has the address. */
export interface OwnerLink {
  /** Opens a connection to the server of that window. Fails with an `error` event if the link ends. */
  openStream(): Duplex;
}

/** Opens each connection over a link, and uses none again. */
export class StreamAgent extends Agent {
  readonly #link: OwnerLink;

  constructor(link: OwnerLink) {
    super({ keepAlive: false });
    this.#link = link;
  }

  override createConnection(): Duplex {
    return this.#link.openStream();
  }
}
