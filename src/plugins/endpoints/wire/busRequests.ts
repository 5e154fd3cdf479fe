import type { IncomingMessage } from "node:http";
import type { Budgeted } from "../../../server/limits/budgets.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import { type Answer, sendJson } from "../../../server/http/answers.ts";
import { readJson } from "../../../server/http/jsonBody.ts";
import type { ServerContext } from "../../../server/serverModule.ts";
import { type LoadSessions, parametersOf, sessionCallerOf } from "./busLoader.ts";

export interface BusRequestsDeps extends Pick<ServerContext, "clients" | "refusals" | "logger"> {
  readonly load: LoadSessions;
  readonly maxBodyBytes: number;
}

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
  const leaving = performing.isWaiting ? whenLeft(request, response, deps) : undefined;
  try {
    const outcome = await performing.run(leaving?.signal);
    sendJson(response, 200, outcome);
  } finally {
    void leaving?.dispose();
    void performing.dispose();
  }
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
