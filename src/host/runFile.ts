import { BridgeError } from "../protocol/errors.ts";
import { type RunExport, runExportSchema } from "../protocol/runExport.ts";

/**
 * Maximum size of an exported run, which contains at most 8 MiB of output, four times. Reading blocks the extension
 * host.
 */
const MAX_BYTES = 64 * 1024 * 1024;

/** Checks the size before a file is read. @throws BridgeError VALIDATION_FAILED */
export function assertRunFileSize(bytes: number): void {
  if (bytes > MAX_BYTES) throw notARun();
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
