import type { Duplex } from "node:stream";
import { BridgeError } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import { refuse } from "./rawAnswers.ts";

/** Sends the error body for input that Node could not parse as HTTP, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || hasBegunToAnswer(socket)) {
    socket.destroy();
    return;
  }
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    refuse(
      socket,
      new BridgeError("OPERATION_TIMEOUT", "The request did not arrive in time.", { operation: "receive" }),
    );
  } else if (error.code === "HPE_HEADER_OVERFLOW") {
    refuse(socket, invalid("(headers)", "too_big", "shorter headers", "longer headers"), 431);
  } else {
    refuse(socket, invalid("(request)", "http", "HTTP/1.1", "something else"));
  }
}

/**
 * Returns true if a response has been started (Node keeps it in `_httpMessage`): a second head would be read as part of
 * its body.
 */
function hasBegunToAnswer(socket: Duplex): boolean {
  const answer: unknown = Reflect.get(socket, "_httpMessage");
  return typeof answer === "object" && answer !== null && Reflect.get(answer, "headersSent") === true;
}
