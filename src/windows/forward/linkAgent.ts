import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import type { StreamLink } from "../link/link.ts";

/** Maximum number of idle connections that are kept. */
const MAX_IDLE = 64;

/** Sends HTTP requests over the streams of a link, which it uses again. Neither end closes an idle one. */
export class LinkAgent extends Agent {
  readonly #link: Pick<StreamLink, "openStream">;

  constructor(link: Pick<StreamLink, "openStream">) {
    super({ keepAlive: true, maxFreeSockets: MAX_IDLE });
    this.#link = link;
  }

  override createConnection(): Duplex {
    // For `reuseSocket` of the base class.
    return Object.assign(this.#link.openStream(), { ref: () => undefined });
  }

  /** Sets none of the options of a TCP socket, which a stream does not have. */
  override keepSocketAlive(): boolean {
    return true;
  }
}
