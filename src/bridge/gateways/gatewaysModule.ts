import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { LateLibraries } from "../../gateways/door/lateLibraries.ts";
import type { GatewaySettings } from "../../gateways/door/settings.ts";
import type { BridgeAddress } from "../bridgeAddress.ts";
import type { BridgeModule } from "../bridgeModule.ts";
import type { KiroDeps } from "../kiroModule.ts";

export interface GatewaysModuleDeps {
  readonly kiro: KiroDeps;
  /** Returns the settings, which may change at any time. */
  readonly settings: () => GatewaySettings;
  readonly windowId: string;
  readonly logger: Logger;
}

type FollowedAddress = Pick<BridgeAddress, "url">;

export interface GatewaysModule extends BridgeModule {
  /** Tells where this window is reached, from the opening of the address on. */
  follow(address: FollowedAddress): Disposable;
}

/**
 * The gateways: other APIs for the agents and the editor. Thin, because they are bundles of their own, read on first use.
 */
export function gatewaysModule({ kiro, ...shared }: GatewaysModuleDeps): GatewaysModule {
  let address: FollowedAddress | undefined;
  let libraries: LateLibraries | undefined;
  return {
    follow: (found) => {
      address = found;
      return toDisposable(() => (address = undefined));
    },
    routes(_router, server) {
      libraries = new LateLibraries({
        gateways: async () => {
          const { composeGateways } = await import("../../gateways/gatewaysLibrary.ts");
          return composeGateways({ ...shared, server, kiro });
        },
        mcp: async () => {
          const { composeMcp } = await import("../../gateways/mcpLibrary.ts");
          return composeMcp({ ...shared, server, url: () => address?.url ?? "" });
        },
      });
    },
    dispose: async () => {
      await libraries?.dispose();
    },
  };
}
