import { isBridgeError, messageOf } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { failureOf, lastLine, notLoggedIn } from "../cli/cliFailure.ts";
import { AcpUnusable } from "../../startAgent.ts";
import { PeerEnded } from "./acpPeer.ts";
import { RpcError, rpcCodes, RpcTimeout } from "./rpc.ts";

/** Exit code of the flag parser: before version 1.25, the CLI does not know `acp` (docs/kiro-cli.md#53-exit-codes). */
const USAGE_EXIT_CODE = 2;

/** Converts the failure of a start to an error of the catalog that says how to fix it. */
export function startError(error: unknown): Error {
  if (isBridgeError(error)) return error;
  if (error instanceof PeerEnded) return failureOf(error.exit, "start");
  if (error instanceof RpcError && error.code === rpcCodes.authRequired) return notLoggedIn();
  return unavailable(
    error instanceof RpcTimeout ? "cli-not-responding" : "cli-broken",
    `Kiro CLI did not start a session: ${messageOf(error)}. Run 'Kiro Bridge: Diagnose Kiro CLI'.`,
    { reason: "not_responding" },
  );
}

/** Converts the failure of `initialize`, after which another transport may still work. */
export function initializeError(error: unknown): Error {
  if (error instanceof PeerEnded && error.exit.code === USAGE_EXIT_CODE) {
    const line = lastLine(error.exit.stderrTail);
    return new AcpUnusable(`it does not support the command 'acp'${line === "" ? "" : ` ('${line}')`}`);
  }
  if (error instanceof RpcTimeout || (error instanceof RpcError && error.code !== rpcCodes.authRequired)) {
    return new AcpUnusable(error.message, { mayPass: true });
  }
  return startError(error);
}
