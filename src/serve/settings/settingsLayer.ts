import { readSettings } from "../../bridge/settingsTable.ts";

/** The settings of one source. */
export interface SettingsLayer {
  /** By their keys without the prefix `kiroBridge.`. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Sentences about what must be corrected. */
  readonly problems: readonly string[];
  /** Sentences about what has no effect. */
  readonly warnings: readonly string[];
}

export const emptyLayer: SettingsLayer = { values: new Map(), problems: [], warnings: [] };

/** Returns a sentence for each value that its setting does not take. */
export function invalidValues(values: SettingsLayer["values"]): readonly string[] {
  return readSettings((key) => values.get(key)).problems;
}
