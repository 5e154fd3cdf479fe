import type { ServerModule } from "../server/serverModule.ts";

/** One part of the bridge, as plain data and functions. `composeBridge` joins what its modules bring. */
export interface BridgeModule extends ServerModule {
  /** Releases what the module holds. Runs when its endpoints are closing; takes 2.5 s at most. */
  dispose?(): Promise<void>;
}
