import { eventPayloads } from "../../protocol/events.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { ExecutionDetail } from "../../protocol/dashboard.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { type RecordedEvent, runExportSchema } from "../../protocol/runExport.ts";
import { detailOf } from "./executionRows.ts";

/**
 * Reads the file of an exported run, so that it can be looked at as if it had taken place here.
 * @throws BridgeError VALIDATION_FAILED for any other file
 */
export function readRun(text: string): ExecutionDetail {
  const run = runExportSchema.safeParse(parse(text));
  if (!run.success) throw new BridgeError("VALIDATION_FAILED", "This file is not a run exported by Kiro Bridge.");
  const { execution, events } = run.data;
  return { ...detailOf(execution, events.filter(isKnown)), isImported: true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A run of a newer bridge may tell of things that this one does not know. */
function isKnown(event: RecordedEvent): event is RecordedEvent & BridgeEvent {
  const schemas: Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>> = eventPayloads;
  return Object.hasOwn(schemas, event.type) && schemas[event.type]?.safeParse(event).success === true;
}
