import type { IncomingMessage, ServerResponse } from "node:http";
import type { Disposable } from "../../base/disposables.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { ClientRegistry } from "../clients.ts";
import { waitAsConnection } from "./connectionWait.ts";

export interface ExecutionWaitDeps {
  readonly executions: Pick<ExecutionLog, "onDidChange">;
  readonly clients: Pick<ClientRegistry, "connect">;
}

/**
 * Waits until an execution has ended or has a pending question. Returns immediately if that is already the case.
 * @param waitMs maximum time, in milliseconds
 * @throws BridgeError as `waitAsConnection` does
 */
export async function waitForExecution(
  request: IncomingMessage,
  response: ServerResponse,
  execution: Execution,
  waitMs: number,
  { executions, clients }: ExecutionWaitDeps,
): Promise<void> {
  if (waitMs === 0 || hasEndedOrAsks(execution)) return;
  const subscribe = (done: () => void): Disposable =>
    executions.onDidChange((changed) => {
      if (changed === execution && hasEndedOrAsks(changed)) done();
    });
  await waitAsConnection(request, response, { clients, waitMs, subscribe });
}

function hasEndedOrAsks({ isSettled, pendingInput }: Execution): boolean {
  return isSettled || pendingInput !== undefined;
}
