import { BridgeError } from "../protocol/errors.ts";
import { type RunExport, runExportSchema } from "../protocol/runExport.ts";

/** No exported run is larger: it holds at most 8 MiB of output, four times. Reading blocks the extension host. */
const MAX_BYTES = 64 * 1024 * 1024;

/** To be asked before a file is read. @throws BridgeError VALIDATION_FAILED */
export function assertRunFileSize(bytes: number): void {
  if (bytes > MAX_BYTES) throw notARun();
}

/** Reads the file of an exported run. @throws BridgeError VALIDATION_FAILED for any other file */
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
