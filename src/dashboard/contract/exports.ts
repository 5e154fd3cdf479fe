import * as z from "zod";
import type { DeadLetterList, DestinationRecord, DestinationTest } from "../../protocol/exports/destinations.ts";

const nothing = z.strictObject({}).optional();
/** A destination of one window. */
const place = z.strictObject({ name: z.string().min(1).max(100), windowId: z.string().min(1).max(100) });

/** The methods of the Exports page. */
export const exportMethods = {
  exports: nothing,
  /** Sends one marked item. */
  testExport: place,
  /** Returns the newest dead letters. */
  exportLetters: place,
  /** Sends the dead letters again. */
  replayExportLetters: place,
  /** Removes the dead letters, after a confirmation. */
  removeExportLetters: place,
  /** Asks for the secret of a destination, in the window of the dashboard. */
  setExportSecret: place.pick({ name: true }),
  /** Shows the setting of the destinations, in the window of the dashboard. */
  openExportSettings: nothing,
  /** Shows the guide to exports, in the window of the dashboard. */
  openExportGuide: nothing,
} as const;

export type DestinationPlace = z.infer<typeof place>;

/** The destinations of all windows. */
export interface ExportsView {
  /** Those of the dashboard's window first, in the order of the settings. */
  readonly destinations: readonly DestinationRecord[];
  /** Problems of the setting, in words. */
  readonly problems: readonly string[];
}

export interface ExportResults {
  exports: ExportsView;
  testExport: DestinationTest;
  exportLetters: DeadLetterList;
  replayExportLetters: { readonly replayed: number };
  removeExportLetters: { readonly isRemoved: boolean };
}
