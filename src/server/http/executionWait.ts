import type { IncomingMessage, ServerResponse } from "node:http";
import { startDeadline } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { ClientRegistry } from "../clients.ts";

export interface ExecutionWaitDeps {
  readonly executions: Pick<ExecutionLog, "onDidChange">;
  readonly clients: Pick<ClientRegistry, "connect">;
}

/**
 * Waits until an execution has ended or has a pending question. Returns immediately if that is already the case. A waiting
 * request is registered as a connection, so the connection limit and everything that ends connections apply to it. Stops
 * waiting when the client disconnects.
 * @param waitMs maximum time, in milliseconds
 * @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many connections; the reason if the connection is ended, because
 * the token was replaced, the client is no longer allowed, or the bridge stops
 */
export async function waitForExecution(
  request: IncomingMessage,
  response: ServerResponse,
  execution: Execution,
  waitMs: number,
  { executions, clients }: ExecutionWaitDeps,
): Promise<void> {
  if (waitMs === 0 || hasEndedOrAsks(execution)) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const store = new DisposableStore();
  store.add(clients.connect("http", request, reject));
  store.add(startDeadline(waitMs, resolve));
  store.add(
    executions.onDidChange((changed) => {
      if (changed === execution && hasEndedOrAsks(changed)) resolve();
    }),
  );
  response.once("close", resolve);
  try {
    await promise;
  } finally {
    response.off("close", resolve);
    await store.dispose();
  }
}

function hasEndedOrAsks({ isSettled, pendingInput }: Execution): boolean {
  return isSettled || pendingInput !== undefined;
}
