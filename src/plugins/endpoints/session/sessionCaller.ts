import type { Principal } from "../../../core/access/principal.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import type { BusIdentity } from "../../bus/participant.ts";
import type { SessionParticipant } from "./sessionOperations.ts";

/** Adds a participant to the bus of this window. @throws BridgeError CONFLICT for the name of another principal */
export type Attach = (identity: BusIdentity) => SessionParticipant;

/** The sender of a request. */
export interface SessionCaller {
  readonly principal: Principal;
  /** True for the editor of another window. */
  readonly isWindow: boolean;
  /** Converts an error to what the client may know of it, and records it. */
  readonly failed: (thrown: unknown, op: string) => BridgeError;
}
