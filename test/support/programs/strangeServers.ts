import { createServer, type RequestListener } from "node:http";
import { portOf } from "../httpClient.ts";

/** Servers in the place of a bridge, on free ports, each with an answer of its own. Close them in `afterEach`. */
export class StrangeServers {
  readonly #closing: (() => void)[] = [];

  /** @returns its URL */
  async listen(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    this.#closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${portOf(server)}`;
  }

  close(): void {
    for (const close of this.#closing.splice(0)) close();
  }
}
