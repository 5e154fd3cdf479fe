import type { IncomingMessage } from "node:http";
import type { Budgeted } from "../../../server/limits/budgets.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import { type Answer, sendJson } from "../../../server/http/answers.ts";
import { readJson } from "../../../server/http/jsonBody.ts";
import type { ServerContext } from "../../../server/serverModule.ts";
import { type LoadSessions, parametersOf, sessionCallerOf } from "./busLoader.ts";
import type { OperationPace } from "./operationPace.ts";

export interface BusRequestsDeps extends Pick<ServerContext, "clients" | "refusals" | "logger"> {
  readonly load: LoadSessions;
  readonly pace: OperationPace;
  readonly maxBodyBytes: number;
}

/** The delay in milliseconds that operations may be ahead of the pace. */
const MAX_WAIT_MS = 100;

/**
 * `POST /api/kiro/bus`: performs one operation, or several in their order. Waits for the responses of requests, as a
 * connection, and cancels them when the client disconnects.
 */
export async function performOnBus(
  request: IncomingMessage & Budgeted,
  response: Answer,
  deps: BusRequestsDeps,
): Promise<void> {
  const body = await readJson(request, deps.maxBodyBytes);
  const sessions = await deps.load();
  const caller = sessionCallerOf(request, "http", deps);
  const performing = await sessions.perform(caller, parametersOf(request), body);
  let leaving: ReturnType<typeof whenLeft> | undefined;
  try {
    for (let count = 0; count < performing.size; count++) assertPace(deps.pace.take(caller.principal, 0));
    if (performing.isWaiting) leaving = whenLeft(request, response, deps);
    sendJson(response, 200, await performing.run(leaving?.signal));
  } finally {
    void leaving?.dispose();
    void performing.dispose();
  }
}

/** @throws BridgeError RATE_LIMIT_EXCEEDED if the principal should wait for longer than a WebSocket would be paused */
function assertPace(waitMs: number): void {
  if (waitMs <= MAX_WAIT_MS) return;
  const error = new BridgeError("RATE_LIMIT_EXCEEDED", "Too many operations on the bus. Try again later.");
  error.retryAfterSeconds = Math.ceil(waitMs / 1000);
  throw error;
}

/** Aborts when the client disconnects, or is disconnected. Registered as a connection meanwhile. */
function whenLeft(
  request: IncomingMessage,
  response: Answer,
  { clients }: Pick<BusRequestsDeps, "clients">,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const client = clients.connect("http", request, (why) => controller.abort(why));
  const onClose = (): void => controller.abort(bridgeStopping("The client has disconnected."));
  response.once("close", onClose);
  return {
    signal: controller.signal,
    dispose: () => {
      response.off("close", onClose);
      return client.dispose();
    },
  };
}
