import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import type { StreamLink } from "../link/link.ts";

/** Maximum number of idle connections that are kept, and for how long: shorter than the other end keeps them. */
const MAX_IDLE = 64;
const IDLE_MS = 30_000;

/** Sends HTTP requests over the streams of a link, and uses these again. */
export class LinkAgent extends Agent {
  readonly #link: Pick<StreamLink, "openStream">;

  constructor(link: Pick<StreamLink, "openStream">) {
    super({ keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: IDLE_MS });
    this.#link = link;
  }

  override createConnection(): Duplex {
    return this.#link.openStream();
  }
}
