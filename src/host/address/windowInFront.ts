import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";

/** Returns true for the window that had the focus last; if that is not known, for the owner. */
export function isInFront(address: Pick<BridgeAddress, "role" | "windows">, windowId: string): boolean {
  const focused = address.windows().find((each) => each.focused);
  return focused === undefined ? address.role === "owner" : focused.id === windowId;
}
