import * as z from "zod";
import { BridgeError, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import { failureOf, notLoggedIn } from "../cli/cliFailure.ts";
import { PeerEnded } from "./acpPeer.ts";
import { RpcError, rpcCodes } from "./rpc.ts";

/** Converts the failure of a turn to an error of the catalog, with the CLI's own message. */
export function turnError(error: unknown): BridgeError {
  if (isBridgeError(error)) return error;
  if (error instanceof PeerEnded) return failureOf(error.exit, "turn");
  if (error instanceof RpcError && error.code === rpcCodes.authRequired) return notLoggedIn();
  if (error instanceof z.ZodError) return failed("its response to the prompt is not valid");
  return failed(messageOf(error));
}

/** Returns true for errors after which every further prompt of the conversation would fail too (Kiro#6110). */
export function breaksSession(error: unknown): boolean {
  if (!(error instanceof RpcError)) return true;
  return error.code === rpcCodes.authRequired || /corrupt|invalid (?:conversation|history)/iu.test(error.message);
}

function failed(why: string): BridgeError {
  return new BridgeError("COMMAND_EXECUTION_FAILED", `Kiro CLI failed: ${why}`);
}
