import * as l10n from "@vscode/l10n";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import { isInFront } from "../address/windowInFront.ts";

export interface AskedBridge {
  readonly address: Pick<BridgeAddress, "accessRequests" | "role" | "windows" | "onDidChange">;
  readonly window: { describe(): { readonly id: string } };
}

/**
 * Tells the user in the window in front that a program asks for access, if another window has the address and shows the request.
 * The dashboard of each window can decide it. Ends with the bridge.
 */
export function noticeRequestsElsewhere({ address, window }: AskedBridge, tell: (message: string) => void): void {
  let known = 0;
  const look = (): void => {
    const { accessRequests } = address;
    const isMore = accessRequests > known;
    known = accessRequests;
    if (isMore && isInFront(address, window.describe().id))
      tell(
        l10n.t(
          "Kiro Bridge: A program asks for access. The window that has the address shows its code, and so does Access.",
        ),
      );
  };
  address.onDidChange(look);
  look();
}
