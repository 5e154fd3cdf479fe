import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import type { ExternalState } from "./externalAddress.ts";

/** The address as the user sees it. */
export interface AddressView {
  readonly address: Pick<BridgeAddress, "url" | "role" | "canReclaim" | "wantedPort" | "windows">;
  readonly external: ExternalState;
  readonly virtualFolders: readonly string[];
}

/** Describes in sentences where programs reach this window, with which other windows, and from which machines. */
export function addressLines({ address, external, virtualFolders }: AddressView): string[] {
  return [
    ...roleLines(address),
    ...(address.canReclaim ? [`Port ${address.wantedPort} is free again.`] : []),
    ...externalLines(external),
    ...(virtualFolders.length === 0
      ? []
      : [`${virtualFolders.join(", ")}: not on this machine, so programs must name this window by its ID.`]),
  ];
}

function roleLines(address: AddressView["address"]): string[] {
  const { url } = address;
  const others = Math.max(0, address.windows().length - 1);
  switch (address.role) {
    case "owner":
      return others === 0 ? [`Listening on ${url}`] : [`Owns ${url}, and shares it with ${count(others)}.`];
    case "member":
      if (others === 0) return [`Shares ${url} with another window, which owns it.`];
      return [`Shares ${url} with ${count(others)}, ${others === 1 ? "which" : "one of which"} owns it.`];
    case "alone":
      return [`Listening on ${url} for this window alone.`];
    case "seeking":
      return [`The window that owned ${url} has ended. Another one is taking over.`];
    case "failed":
      return [`${url} is no longer available.`];
  }
}

function count(others: number): string {
  return others === 1 ? "1 other window" : `${others} other windows`;
}

/** Describes the address for the user's own computer, if the window runs on another machine. */
export function externalLines(external: ExternalState): string[] {
  switch (external.kind) {
    case "local":
      return [];
    case "pending":
      return [`The address for your own computer is being requested (${external.remote}).`];
    case "unknown":
      return [`The address for your own computer is not known (${external.remote}): ${external.reason}`];
    case "known": {
      const { url, missingHost } = external;
      const hint = missingHost === undefined ? [] : [`It needs "${missingHost}" in kiroBridge.api.allowedHosts.`];
      return [`From your own computer: ${url}`, ...hint];
    }
  }
}
