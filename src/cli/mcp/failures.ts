import { type JSONRPCErrorResponse, type RequestId, SdkHttpError } from "@modelcontextprotocol/client";

/** The code of JSON-RPC for errors of an implementation. */
const SERVER_ERROR = -32000;
const LOST = "The bridge ended before its response. The request may have had effects.";

/** Statuses of requests that the bridge did not begin: its token or its session has ended. */
const NOT_BEGUN: readonly number[] = [401, 404];

/** Returns true if a request failed before the bridge had it, so that it can be sent again whatever it does. */
export function hasNotBegun(error: unknown): boolean {
  if (error instanceof SdkHttpError) return NOT_BEGUN.includes(error.status ?? 0);
  return causeCodeOf(error) === "ECONNREFUSED";
}

/** Returns true if the connection has failed, as when the bridge ends. */
export function isConnectionFailure(error: unknown): boolean {
  return error instanceof TypeError;
}

function causeCodeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
}

/**
 * Returns the response to a request that has failed. An error of the bridge is passed on as it is.
 * @param sentenceOf describes other errors for people
 */
export function errorResponse(
  id: RequestId,
  error: unknown,
  sentenceOf: (error: unknown) => string,
): JSONRPCErrorResponse {
  const message = isConnectionFailure(error) ? LOST : sentenceOf(error);
  return { jsonrpc: "2.0", id, error: errorOfBridge(error) ?? { code: SERVER_ERROR, message } };
}

function errorOfBridge(error: unknown): JSONRPCErrorResponse["error"] | undefined {
  if (!(error instanceof SdkHttpError)) return undefined;
  try {
    const { error: inner }: { error?: Partial<JSONRPCErrorResponse["error"]> } = Object(
      JSON.parse(String(Object(error.data)["text"])),
    );
    const { code, message, data } = inner ?? {};
    if (typeof code !== "number" || typeof message !== "string") return undefined;
    return { code, message, ...(data !== undefined && { data }) };
  } catch {
    return undefined;
  }
}
