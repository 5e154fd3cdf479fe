import { once } from "node:events";
import type { Server } from "node:http";
import { portOf } from "../../programs/portOf.ts";

/** Has a server listen on a free port of this machine. @returns its address, without a path */
export async function listenOnLoopback(server: Server): Promise<URL> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return addressOf(server);
}

export function addressOf(server: Server): URL {
  return new URL(`http://127.0.0.1:${portOf(server)}`);
}

/** Closes a server and its connections, also those that are in use. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
