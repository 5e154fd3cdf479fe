import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import { portOf } from "../httpClient.ts";

export interface PlainServer {
  readonly url: string;
  dispose(): Promise<void>;
}

/** A server that is not the bridge. */
export async function startPlainServer(listener: RequestListener): Promise<PlainServer> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    dispose: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
