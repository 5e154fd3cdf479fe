import type { CommandTarget } from "../core/commands/target.ts";
import type { Meter } from "../core/metrics/instruments.ts";
import type { SettingsSlice } from "../core/settingsSlice.ts";
import type { ServerModule } from "../server/serverModule.ts";

/** The settings of a module that is built before they are read. */
interface ModuleSettings extends SettingsSlice {
  /** Applies the values: when the bridge starts, and when live ones have changed. */
  apply?(values: Readonly<Record<string, unknown>>): void;
}

/** One part of the bridge, as plain data and functions. `composeBridge` joins what its modules bring. */
export interface BridgeModule extends ServerModule {
  /** The dispatcher asks the targets of all modules in order. */
  readonly targets?: readonly CommandTarget[];
  readonly settings?: ModuleSettings;
  /** Creates metrics, which `GET /metrics` reports. */
  instruments?(meter: Meter): void;
  /** Functions that return further fields of the status body, by name. */
  readonly statusParts?: Readonly<Record<string, () => unknown>>;
  /** Removes what the module keeps of executions on the disk, when the user clears the history. */
  clearHistory?(): Promise<void>;
  /** Releases what the module holds, while its endpoints close; takes 2.5 s at most. */
  dispose?(): Promise<void>;
}
