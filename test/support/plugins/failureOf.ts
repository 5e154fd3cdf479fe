import assert from "node:assert/strict";
import { isRpcError, type RpcError } from "../../../src/plugins/rpc/rpcError.ts";

/** Waits for a call to fail. */
export async function failureOf(call: Promise<unknown>): Promise<RpcError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isRpcError(error), String(error));
  return error;
}
