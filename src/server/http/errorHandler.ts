import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import { RefusalLog, refusedOf } from "../guards/refusalLog.ts";
import { type Answer, sendError } from "./answers.ts";

/** Converts everything that is thrown to a response. Express identifies it by its four parameters. */
export type ErrorHandler = (thrown: unknown, request: IncomingMessage, response: Answer, next?: unknown) => void;

export function errorHandler(logger: Logger, refusals = new RefusalLog(logger)): ErrorHandler {
  return function handleError(thrown, request, response, _next) {
    const error = toBridgeError(thrown, logger);
    const requestId = response.getHeader("X-Request-Id");
    refusals.note(error, refusedOf(request, requestId === undefined ? undefined : String(requestId)));
    sendError(request, response, error);
  };
}

/** Returns what a client may know of an error. Unexpected errors get an ID that refers to the details in the log. */
export function toBridgeError(error: unknown, logger: Logger): BridgeError {
  if (isBridgeError(error)) return error;
  if (error instanceof URIError) return invalid("url", "format", "valid percent-encoding", "something else");
  const errorId = randomUUID();
  const stack = error instanceof Error ? error.stack : undefined;
  logger.error("A request failed with an internal error", { errorId, error: messageOf(error), stack });
  return new BridgeError("INTERNAL_ERROR", `An internal error occurred. The log has details under ${errorId}.`, {
    errorId,
  });
}
