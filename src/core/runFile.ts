import { BridgeError } from "../protocol/errors.ts";
import { MAX_RUN_BYTES, type RunExport, runExportSchema } from "../protocol/runExport.ts";

/** Checks the size before a file is read, which blocks the extension host. @throws BridgeError VALIDATION_FAILED */
export function assertRunFileSize(bytes: number): void {
  if (bytes > MAX_RUN_BYTES) throw notARun();
}

/** Parses the file of an exported run. @throws BridgeError VALIDATION_FAILED for other files */
export function parseRun(text: string): RunExport {
  try {
    return runExportSchema.parse(JSON.parse(text));
  } catch {
    throw notARun();
  }
}

function notARun(): BridgeError {
  return new BridgeError(
    "VALIDATION_FAILED",
    "This file is not a run exported by Kiro Bridge. Select a file that 'Export Run…' saved.",
  );
}
