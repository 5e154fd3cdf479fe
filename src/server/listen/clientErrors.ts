import type { Duplex } from "node:stream";
import { BridgeError } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import { refuse } from "./rawAnswers.ts";

/** Answers what Node could not read as HTTP, with the one error body, and hangs up. */
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

/** Node keeps the answer that is being written in `_httpMessage`; a second head in the midst of it would be read as its body. */
function hasBegunToAnswer(socket: Duplex): boolean {
  const answer: unknown = Reflect.get(socket, "_httpMessage");
  return typeof answer === "object" && answer !== null && Reflect.get(answer, "headersSent") === true;
}
