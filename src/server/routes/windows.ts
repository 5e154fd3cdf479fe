import type { Router } from "express";
import type { BridgeStatus, WindowListing } from "../../protocol/status.ts";
import { principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";
import { listingsFor } from "../windows/statusOfAll.ts";
import type { StatusRouteDeps } from "./status.ts";

/** `GET /api/kiro/windows` (docs/wire-contract.md#49-windows): the windows at the address, from memory. */
export function addWindows(router: Router, { status, placement }: StatusRouteDeps): void {
  addResource(router, "/api/kiro/windows", {
    get: guarded("status:read", (request, response) => {
      const principal = principalOf(request);
      const listed = listingsFor(placement.windowsFor(request), principal);
      sendJson(response, 200, { windows: listed.length > 0 ? listed : [onlyWindow(status.current(principal))] });
    }),
  });
}

/** Lists the window that is alone at its address. */
function onlyWindow({ windows, status, queue, cli }: BridgeStatus): WindowListing | undefined {
  const [window] = windows;
  return window && { ...window, focused: true, owner: true, state: status, queue, cli };
}
