import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { portOf } from "../httpClient.ts";

/** A TCP proxy in front of the bridge, which cuts connections in the middle of what the bridge sends. */
export interface CuttingProxy {
  readonly url: string;
  /** The number of connections so far. */
  readonly connections: number;
  /** Cuts the connection that has this text, in the middle of it, once. Resolves when that was done. */
  readonly cutIn: (text: string) => Promise<void>;
  /** Closes all connections. */
  readonly cutAll: () => void;
  dispose(): Promise<void>;
}

export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let cut: { readonly text: string; readonly done: () => void } | undefined;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    connections++;
    keep(client);
    const bridge = keep(createConnection({ host: "127.0.0.1", port }));
    client.pipe(bridge);
    client.once("close", () => bridge.destroy());
    bridge.once("close", () => client.end());
    bridge.on("data", (data: Buffer) => {
      const at = cut === undefined ? -1 : data.indexOf(cut.text);
      if (cut === undefined || at < 0) {
        client.write(data);
        return;
      }
      const { text, done } = cut;
      cut = undefined;
      client.write(data.subarray(0, at + Math.ceil(text.length / 2)), () => client.destroy());
      client.once("close", done);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    get connections() {
      return connections;
    },
    cutIn: (text) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      cut = { text, done: resolve };
      return promise;
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    dispose: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
