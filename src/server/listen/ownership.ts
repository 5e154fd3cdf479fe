import { unavailable } from "../../protocol/unavailable.ts";
import { isLinkConnection } from "../windows/linkConnections.ts";

/** The ownership of the address, without which a window does not respond to its clients (docs/decisions/one-address.md). */
export interface Ownership {
  /** True while that is certain. Very cheap. */
  readonly isServing: boolean;
  /** Checks it now. */
  confirm(): Promise<boolean>;
  /** Waits before a response to the owner of the address, until it knows what has happened in this window before. */
  whenReported?(): Promise<void> | undefined;
}

/** Serves as `Ownership` where no other window can have the address. */
export const soleOwner: Ownership = { isServing: true, confirm: () => Promise.resolve(true) };

/**
 * Waits until a request or response of a client may pass: a window that was stopped for a while may have lost the address.
 * @returns undefined if it may pass now. The promise rejects with KIRO_UNAVAILABLE if another window has the address.
 */
export function whenServing(ownership: Ownership, connection: object | null): Promise<void> | undefined {
  return mayPass(ownership, connection) ? undefined : confirmed(ownership);
}

/** Returns true if a request or response of a client may pass now, so check again what has waited for `whenServing`. */
export function mayPass(ownership: Ownership, connection: object | null): boolean {
  return ownership.isServing || isLinkConnection(connection);
}

/** Waits until a response may be sent: to a client as `whenServing`, to the owner of the address when it knows of the rest. */
export function whenAnswerable(ownership: Ownership, connection: object | null): Promise<void> | undefined {
  return isLinkConnection(connection) ? ownership.whenReported?.() : whenServing(ownership, connection);
}

async function confirmed(ownership: Ownership): Promise<void> {
  if (await ownership.confirm()) return;
  throw unavailable("bridge-stopping", "Another window has the address now. Send the request again.");
}
