import type { Disposable } from "../../../base/disposables.ts";
import {
  type BusRequest,
  busRequestQuerySchema,
  busRequestSchema,
  busRequestsSchema,
} from "../../../protocol/bus/busSocket.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { validate } from "../../../protocol/validate.ts";
import { busIdentityOf } from "../busIdentity.ts";
import type { BusSession } from "./busSession.ts";
import type { Attach, SessionCaller } from "./sessionCaller.ts";
import { SessionOperations } from "./sessionOperations.ts";
import { SessionOutbox } from "./sessionOutbox.ts";

/** The operations of one request. */
export interface Performing extends Disposable {
  /** The number of operations. */
  readonly size: number;
  /** True if one of them waits for another program. */
  readonly isWaiting: boolean;
  /**
   * Performs them. Returns the reply to one operation, or `{replies}`.
   * @throws BridgeError the error of one operation
   */
  run(signal: AbortSignal | undefined): Promise<unknown>;
}

interface PerformingDeps {
  readonly caller: SessionCaller;
  readonly attach: Attach;
  readonly find: (session: string) => BusSession | undefined;
}

type Execute = (operation: BusRequest, signal: AbortSignal | undefined) => Promise<unknown>;

/** Prepares the operations of a request. @throws BridgeError NOT_FOUND, VALIDATION_FAILED, CONFLICT, ACCESS_DENIED */
export function performingOf(deps: PerformingDeps, query: unknown, body: unknown): Performing {
  const { name, session: id } = validate(busRequestQuerySchema, query);
  const asked = Array.isArray(body) ? validate(busRequestsSchema, body) : validate(busRequestSchema, body);
  const operations = Array.isArray(asked) ? asked : [asked];
  const { execute, dispose } = id === undefined ? alone(deps, name) : inSession(deps, id);
  return {
    size: operations.length,
    isWaiting: operations.some(({ op }) => op === "request"),
    run: async (signal) => {
      if (!Array.isArray(asked)) return reply(asked, await execute(asked, signal));
      const replies = await Promise.all(
        asked.map((operation) =>
          execute(operation, signal).then(
            (result) => reply(operation, result),
            (error: unknown) => {
              if (isBridgeError(error)) return { ...idOf(operation), error: error.toBody() };
              throw error;
            },
          ),
        ),
      );
      return { replies };
    },
    dispose,
  };
}

function inSession({ find }: PerformingDeps, id: string): { readonly execute: Execute; readonly dispose: () => void } {
  const session = find(id);
  if (session === undefined) throw new BridgeError("NOT_FOUND", "There is no such session of the bus.");
  return { execute: (operation, signal) => session.execute(operation, signal), dispose: () => undefined };
}

/** Takes part in the bus for the time of the request. */
function alone({ caller, attach }: PerformingDeps, name: string | undefined) {
  const { principal, isWindow, failed } = caller;
  const participant = attach(busIdentityOf(principal, { name, isWindow }));
  const operations = new SessionOperations(participant, new SessionOutbox(() => undefined));
  const execute: Execute = async (operation, signal) => {
    try {
      if (operation.op !== "publish" && operation.op !== "request") throw needsSession(operation.op);
      return await operations.run(operation, signal);
    } catch (thrown) {
      throw failed(thrown, operation.op);
    }
  };
  return { execute, dispose: () => void operations.dispose() };
}

function reply(operation: BusRequest, result: unknown): object {
  return { ...idOf(operation), result: result ?? null };
}

function idOf({ id }: BusRequest): { readonly id?: number } {
  return id === undefined ? {} : { id };
}

function needsSession(op: string): BridgeError {
  const message = `${op} needs a session: open a WebSocket at /bus, or a stream at /api/kiro/bus/messages.`;
  return new BridgeError("VALIDATION_FAILED", message, { field: "session", rule: "required" });
}
