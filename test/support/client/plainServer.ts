import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { once } from "node:events";
import { portOf } from "../httpClient.ts";

export interface PlainServer {
  readonly url: string;
  /** Sees each request for an upgrade, which is then refused. */
  onUpgrade(listener: (request: IncomingMessage) => void): void;
  dispose(): Promise<void>;
}

/** A server that is not the bridge. By default on a free port. */
export async function startPlainServer(listener: RequestListener, port = 0): Promise<PlainServer> {
  const server = createServer(listener);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    onUpgrade: (see) =>
      server.on("upgrade", (request, socket) => {
        see(request);
        socket.destroy();
      }),
    dispose: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
