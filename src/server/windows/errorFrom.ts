import { errorBodySchema } from "../../protocol/errorBody.ts";
import { BridgeError } from "../../protocol/errors.ts";

/** Reads the error of another window. @returns INTERNAL_ERROR for anything else */
export function errorFrom(text: string): BridgeError {
  const body = parsed(text);
  if (body === undefined) return new BridgeError("INTERNAL_ERROR", "Another window has sent an invalid response.");
  const error = new BridgeError(body.code, body.message, body.context);
  error.executionId = body.executionId;
  return error;
}

function parsed(text: string) {
  try {
    return errorBodySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
