import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
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
    ...(address.canReclaim ? [l10n.t("Port {0} is free again.", address.wantedPort)] : []),
    ...externalLines(external),
    ...(virtualFolders.length === 0
      ? []
      : [l10n.t("{0}: not on this machine, so programs must name this window by its ID.", virtualFolders.join(", "))]),
  ];
}

function roleLines(address: AddressView["address"]): string[] {
  const { url } = address;
  const others = Math.max(0, address.windows().length - 1);
  switch (address.role) {
    case "owner":
      if (others === 0) return [l10n.t("Listening on {0}", url)];
      return [
        others === 1
          ? l10n.t("Owns {0}, and shares it with 1 other window.", url)
          : l10n.t("Owns {0}, and shares it with {1} other windows.", url, others),
      ];
    case "member":
      if (others === 0) return [l10n.t("Shares {0} with another window, which owns it.", url)];
      return [
        others === 1
          ? l10n.t("Shares {0} with 1 other window, which owns it.", url)
          : l10n.t("Shares {0} with {1} other windows, one of which owns it.", url, others),
      ];
    case "alone":
      return [l10n.t("Listening on {0} for this window alone.", url)];
    case "seeking":
      return [l10n.t("The window that owned {0} has ended. Another one is taking over.", url)];
    case "failed":
      return [l10n.t("{0} is no longer available.", url)];
  }
}

/** Describes the address for the user's own computer, if the window runs on another machine. */
export function externalLines(external: ExternalState): string[] {
  switch (external.kind) {
    case "local":
      return [];
    case "pending":
      return [l10n.t("The address for your own computer is being requested ({0}).", external.remote)];
    case "unknown":
      return [
        l10n.t(
          "The address for your own computer is not known ({0}): {1}",
          external.remote,
          translate(external.reason),
        ),
      ];
    case "known": {
      const { url, missingHost } = external;
      const hint =
        missingHost === undefined ? [] : [l10n.t('It needs "{0}" in kiroBridge.api.allowedHosts.', missingHost)];
      return [l10n.t("From your own computer: {0}", url), ...hint];
    }
  }
}
