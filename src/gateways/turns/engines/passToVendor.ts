import { abortable } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import type { Caller } from "../../../core/access/principal.ts";
import type { Dispatcher } from "../../../core/commands/dispatcher.ts";
import type { Execution } from "../../../core/executions/execution.ts";
import { engineCommand, type EngineDirectory } from "../../../core/models/engineDirectory.ts";
import type { RawCall } from "../../../core/models/modelCall.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { ClientRegistry } from "../../../server/clients.ts";
import { ResponseClient, type ResponseClientOptions } from "../responseClient.ts";
import { failureOfModel } from "./modelFailure.ts";
import { PassedResponse } from "./passedResponse.ts";
import { modelOf, type SelectedEngine } from "./selectedEngine.ts";
import { withdraw } from "./withdraw.ts";

export interface PassDeps {
  readonly engines: EngineDirectory;
  readonly dispatcher: Pick<Dispatcher, "submit" | "withdraw">;
  readonly clients: Pick<ClientRegistry, "connect" | "assertRoom">;
  readonly logger: Logger;
}

/** A request in the protocol of its engine. */
export interface PassedRequest
  extends Pick<RawCall, "wire" | "path" | "method" | "body" | "headers">,
    Pick<ResponseClientOptions, "request" | "response" | "isStream"> {
  readonly caller: Caller;
  readonly selected: SelectedEngine;
  readonly workspacePath?: string | undefined;
  /** The prompt, for the record of the execution. */
  readonly shown: string;
  /** The header with the ID of the execution. */
  readonly requestIdHeader: "x-request-id" | "request-id";
  /** Returns the event that ends a stream after a failure. @param hasBegun see `Piece` */
  readonly failureEvent: (error: BridgeError, hasBegun: boolean) => string;
  /** Called with the bytes of a successful response. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/**
 * Passes a request to the vendor of its engine, and the response to the client, both unchanged but for the model and the key.
 * Resolves when the response is sent, or its client has gone.
 * @throws BridgeError if it failed before anything was sent
 */
export type PassToVendor = (passed: PassedRequest) => Promise<void>;

/** Creates the way of requests whose protocol is that of their engine. Each is one execution. */
export function createPassToVendor(deps: PassDeps): PassToVendor {
  return async (passed) => {
    const { principal } = passed.caller;
    deps.clients.assertRoom(principal);
    const client = new ResponseClient({ ...passed, principal });
    try {
      client.connect(deps.clients);
      await pass(deps, passed, client);
    } catch (error) {
      if (!client.hasGone) throw error;
    } finally {
      await client.dispose();
    }
  };
}

async function pass(deps: PassDeps, passed: PassedRequest, client: ResponseClient): Promise<void> {
  const { response, selected } = passed;
  const ready = Promise.withResolvers<void>();
  // Nobody waits if there is no execution.
  ready.promise.catch(() => undefined);
  const answer = new PassedResponse(response, ready.promise);
  const model = await modelOf(selected, deps.engines);
  const execution = await submit(deps, passed, callOf(passed, answer, model));
  response.setHeader(passed.requestIdHeader, execution.id);
  response.setHeader("x-kiro-agent", selected.engine.id);
  ready.resolve();
  try {
    await abortable(execution.settled, client.left);
  } catch (error) {
    withdraw(deps, execution.id);
    throw error;
  }
  await finish(passed, answer, execution);
}

function callOf(passed: PassedRequest, answer: PassedResponse, model: string): RawCall {
  const { wire, path, method, headers, onBytes } = passed;
  const body = passed.body && { ...passed.body, model };
  return {
    kind: "raw",
    wire,
    path,
    method,
    model,
    body,
    headers,
    onHead: (head) => answer.takeHead(head),
    onBytes: (bytes) => {
      if (answer.status !== undefined && answer.status < 300) onBytes?.(bytes);
      return answer.write(bytes);
    },
  };
}

function submit({ dispatcher }: PassDeps, passed: PassedRequest, call: RawCall): Promise<Execution> {
  const { selected, workspacePath, shown, caller } = passed;
  return dispatcher.submit(
    {
      command: engineCommand(selected.engine.id, "complete"),
      args: [shown],
      ...(workspacePath !== undefined && { workspacePath }),
      turn: { content: [], call },
    },
    caller,
  );
}

async function finish(passed: PassedRequest, answer: PassedResponse, execution: Execution): Promise<void> {
  const { response, selected, failureEvent } = passed;
  if (answer.status === 401) throw rejectedKey(selected);
  if (isWhole(answer, execution)) return void (await answer.end());
  const { error, hasBegun } = failureOfModel(execution);
  if (!response.headersSent) throw error;
  await answer.breakOff(failureEvent(error, hasBegun));
}

/** Returns true if the client has got all that the vendor has sent, which may be an error of the vendor. */
function isWhole({ status = 0 }: PassedResponse, { status: state, failure }: Execution): boolean {
  return (state === "completed" && status > 0) || (state === "failed" && failure === undefined && status >= 400);
}

function rejectedKey({ engine: { id } }: SelectedEngine): BridgeError {
  const message = `The vendor of the engine '${id}' has rejected its key. Set another one with 'Kiro Bridge: Set Key of a Model…'.`;
  return unavailable("engine-unauthorized", message, { engine: id, status: 401 });
}
