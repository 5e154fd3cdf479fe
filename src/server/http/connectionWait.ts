import type { IncomingMessage, ServerResponse } from "node:http";
import { startDeadline } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { ClientRegistry } from "../clients.ts";

export interface ConnectionWaitOptions {
  readonly clients: Pick<ClientRegistry, "connect">;
  /** Maximum time, in milliseconds. */
  readonly waitMs: number;
  /** Calls its argument when there is something to respond with. */
  readonly subscribe: (done: () => void) => Disposable;
}

/**
 * Holds a request until there is something to respond with. It is registered as a connection meanwhile, so the connection
 * limit and everything that ends connections apply to it. Stops waiting when the client disconnects.
 * @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many connections; the reason if the connection is ended, because
 * the token was replaced, the client is no longer allowed, or the bridge stops
 */
export async function waitAsConnection(
  request: IncomingMessage,
  response: ServerResponse,
  { clients, waitMs, subscribe }: ConnectionWaitOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const store = new DisposableStore();
  store.add(clients.connect("http", request, reject));
  store.add(startDeadline(waitMs, resolve));
  store.add(subscribe(resolve));
  response.once("close", resolve);
  try {
    await promise;
  } finally {
    response.off("close", resolve);
    await store.dispose();
  }
}
