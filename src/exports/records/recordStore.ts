import type { Disposable } from "../../base/disposables.ts";
import type { RunRecord } from "./runRecord.ts";

/** Outcomes of a write: the item is stored, or the store has one that is as new. */
export type WriteOutcome = "written" | "kept";

/** A store with one item for each execution. */
export interface RecordStore extends Disposable {
  /** Writes an item unless the store has a newer one. @throws DeliveryFailure; the signal's reason */
  write(record: RunRecord, signal: AbortSignal): Promise<WriteOutcome>;
}
