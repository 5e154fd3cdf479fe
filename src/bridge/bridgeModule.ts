import type { SettingsSlice } from "../core/settingsSlice.ts";
import type { ServerModule } from "../server/serverModule.ts";

/** The settings of a module that is built before they are read. */
interface ModuleSettings extends SettingsSlice {
  /** Takes over the values: when the bridge starts, and when live ones have changed. */
  apply?(values: Readonly<Record<string, unknown>>): void;
}

/** One part of the bridge, as plain data and functions. `composeBridge` joins what its modules bring. */
export interface BridgeModule extends ServerModule {
  readonly settings?: ModuleSettings;
  /** Releases what the module holds. Runs when its endpoints are closing; takes 2.5 s at most. */
  dispose?(): Promise<void>;
}
