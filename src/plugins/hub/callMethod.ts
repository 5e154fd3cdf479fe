import type { Outcome, RunContext } from "../../core/ports.ts";
import { BridgeError, type ErrorCode, errorCodes, isBridgeError } from "../../protocol/errors.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import { encodeValue } from "../../protocol/values.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { RpcClient } from "../rpc/rpcClient.ts";
import { isRpcError, type RpcError } from "../rpc/rpcError.ts";
import type { CallRecorder } from "./callRecords.ts";

export interface MethodCall {
  readonly plugin: string;
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs: number;
}

export interface MethodCallDeps {
  readonly bus: Pick<BusParticipant, "request">;
  readonly records: CallRecorder;
  readonly context: Pick<RunContext, "signal" | "began" | "output" | "caller">;
}

export type MethodAnswer =
  | { readonly kind: "completed"; readonly result: unknown }
  | (Outcome & { readonly kind: "failed" | "cancelled" });

/** Longest text of one progress message that is shown, in characters. */
const MAX_PROGRESS_LENGTH = 10_000;
const known: ReadonlySet<string> = new Set(errorCodes);
/** Answers of a plugin that mean the same as the errors of the bridge: the method did not run, or not to its end. */
const ofServer: ReadonlySet<string> = new Set(["VALIDATION_FAILED", "RATE_LIMIT_EXCEEDED", "OPERATION_TIMEOUT"]);

/**
 * Calls a method for an execution. Its progress is output of the error stream, which clients see live and which is no part
 * of the result. An error of the method is an outcome; what kept the method from running is a `failure`.
 * @throws the reason of the signal, if that is an error of the bridge
 */
export async function callMethod(call: MethodCall, { bus, records, context }: MethodCallDeps): Promise<MethodAnswer> {
  const { plugin, method, params, timeoutMs } = call;
  const { signal } = context;
  const { traceparent } = context.caller;
  const client = new RpcClient(bus, `plugin://${plugin}/rpc`);
  const startedAt = performance.now();
  const ended = (isFailure: boolean): void => records.ended(plugin, performance.now() - startedAt, isFailure);
  context.began();
  try {
    const onProgress = (payload: unknown): void => context.output(progressText(payload), "stderr");
    const result: unknown = await client.call(method, params, { timeoutMs, traceparent, signal, onProgress });
    ended(false);
    return { kind: "completed", result };
  } catch (error) {
    if (signal.aborted) {
      if (isBridgeError(signal.reason)) throw signal.reason;
      return { kind: "cancelled", how: "cooperative" };
    }
    if (!isRpcError(error)) throw error;
    ended(isFailureOfPlugin(error));
    return outcomeOf(error, call);
  }
}

function progressText(payload: unknown): string {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload ?? null);
  const shown = text.length > MAX_PROGRESS_LENGTH ? `${text.slice(0, MAX_PROGRESS_LENGTH)}…` : text;
  return shown.endsWith("\n") ? shown : `${shown}\n`;
}

function isUnknownMethod({ code, data }: RpcError): boolean {
  return code === "NOT_FOUND" && reasonOf(data) === "unknown-method";
}

/** Wrong parameters and methods are mistakes of the caller. */
function isFailureOfPlugin(error: RpcError): boolean {
  return error.code !== "VALIDATION_FAILED" && !isUnknownMethod(error);
}

function outcomeOf(error: RpcError, call: MethodCall): Outcome & { readonly kind: "failed" } {
  const { code, message, data, isReply } = error;
  if (isReply && !ofServer.has(code) && !isUnknownMethod(error)) {
    const result = encodeValue({ code, message, ...(data !== undefined && { data }) }).value;
    return { kind: "failed", error: message, code: "COMMAND_EXECUTION_FAILED", result };
  }
  const failure = failureOf(error, call);
  return { kind: "failed", error: failure.message, code: failure.code, failure };
}

function failureOf({ code, message, data }: RpcError, { plugin, method }: MethodCall): BridgeError {
  const context = { plugin, method, ...(isRecord(data) && data) };
  if (code === "KIRO_UNAVAILABLE") return unavailable("plugin-gone", `The plugin '${plugin}': ${message}`, context);
  if (code === "NOT_FOUND" && reasonOf(data) === "no-responder")
    return new BridgeError(
      "NOT_FOUND",
      `There is no plugin '${plugin}', or it is not running, or serves no methods.`,
      context,
    );
  return new BridgeError(isErrorCode(code) ? code : "INTERNAL_ERROR", message, context);
}

function reasonOf(data: unknown): unknown {
  return isRecord(data) ? data["reason"] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isErrorCode(code: string): code is ErrorCode {
  return known.has(code);
}
