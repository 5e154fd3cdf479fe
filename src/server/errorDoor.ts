import { randomUUID } from "node:crypto";
import type { ErrorRequestHandler } from "express";
import type { Logger } from "../base/logger.ts";
import { BridgeError, messageOf } from "../protocol/errors.ts";
import { invalid } from "../protocol/validate.ts";
import { sendError } from "./answers.ts";

/** The one place where anything that was thrown becomes an answer. Express knows it by its four parameters. */
export function errorDoor(logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => sendError(request, response, toBridgeError(error, logger));
}

/** What the outside may know of an error. An unforeseen one gets an id, under which the log has the rest. */
export function toBridgeError(error: unknown, logger: Logger): BridgeError {
  if (error instanceof BridgeError) return error;
  if (error instanceof URIError) return invalid("url", "format", "valid percent-encoding", "something else");
  const errorId = randomUUID();
  const stack = error instanceof Error ? error.stack : undefined;
  logger.error("A request failed inside the bridge", { errorId, error: messageOf(error), stack });
  return new BridgeError(
    "INTERNAL_ERROR",
    `Something went wrong inside the bridge; its log has more under ${errorId}.`,
    {
      errorId,
    },
  );
}
