import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { portOf } from "../httpClient.ts";

/** The orders that the tests of a client in another language send to the process that runs the bridge. */
export type Orders = Readonly<Record<string, (values: Readonly<Record<string, unknown>>) => Promise<object | void>>>;

/** Serves orders at `POST /<name>`, so that tests in another process can control their bridge. */
export class ControlServer {
  readonly #server: Server;

  private constructor(orders: Orders) {
    this.#server = createServer((request, response) => {
      const run = orders[(request.url ?? "").slice(1)];
      text(request)
        .then(async (body) => {
          if (run === undefined) throw new Error(`no such order: ${request.url}`);
          const values: Record<string, unknown> = JSON.parse(body);
          response.end(JSON.stringify((await run(values)) ?? {}));
        })
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(orders: Orders): Promise<ControlServer> {
    const control = new ControlServer(orders);
    await new Promise<void>((resolve) => control.#server.listen(0, "127.0.0.1", resolve));
    return control;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  async dispose(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
