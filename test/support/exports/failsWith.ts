import assert from "node:assert/strict";
import { DeliveryFailure, type FailureKind } from "../../../src/exports/delivery/destination.ts";

/** Waits for a failure of this kind, with this sentence. */
export async function failsWith(kind: FailureKind, work: Promise<unknown>, sentence: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof DeliveryFailure, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, sentence);
    return true;
  });
}
