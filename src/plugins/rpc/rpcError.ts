import { type BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";

/** Marks the errors of all bundles, of which each has its own copy of the class. */
const BRAND = Symbol.for("kiro-bridge.RpcError");

/** Longest message of an error in a reply, in characters. */
const MAX_MESSAGE_LENGTH = 10_000;

/** The error of a call. A handler throws one to choose its code and to add data; another error gets `HANDLER_FAILED`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly [BRAND] = true;
  /** A code of the bridge's catalog (`NOT_FOUND`, `OPERATION_TIMEOUT`, …), or any other one of a handler. */
  readonly code: string;
  /** JSON. */
  readonly data: unknown;
  /** True if the plugin has answered with it; false if the bus could not bring the answer. */
  readonly isReply: boolean;

  constructor(code: string, message: string, data?: unknown, isReply = true) {
    super(message);
    this.code = code;
    this.data = data;
    this.isReply = isReply;
  }
}

/** The code of an error that a handler has thrown without one. */
const HANDLER_FAILED = "COMMAND_EXECUTION_FAILED";

/** An error in a reply. Never has a stack. */
export interface RpcErrorBody {
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

/** Returns true for errors of calls, from any bundle. */
export function isRpcError(value: unknown): value is RpcError {
  return value instanceof Error && BRAND in value;
}

/** Converts anything that a handler has thrown. */
export function errorBodyOf(error: unknown): RpcErrorBody {
  const message = messageOf(error).slice(0, MAX_MESSAGE_LENGTH);
  if (isRpcError(error)) return bodyOf(error.code, message, error.data);
  if (isBridgeError(error)) return bodyOf(error.code, message, error.context);
  return { code: HANDLER_FAILED, message };
}

/** Reads the `error` of a reply. Servers of the original API send a string. */
export function rpcErrorOf(error: unknown): RpcError {
  if (typeof error !== "object" || error === null) return new RpcError(HANDLER_FAILED, String(error));
  const { code, message, data } = error as Partial<Record<keyof RpcErrorBody, unknown>>;
  return new RpcError(
    typeof code === "string" ? code : HANDLER_FAILED,
    typeof message === "string" ? message : "The method failed without a message.",
    data,
  );
}

/** Converts an error of the bus: no responder, a timeout, a responder that has left. */
export function rpcErrorOfBus({ code, message, context }: BridgeError): RpcError {
  return new RpcError(code, message, context, false);
}

function bodyOf(code: string, message: string, data: unknown): RpcErrorBody {
  return { code, message, ...(data !== undefined && { data }) };
}
