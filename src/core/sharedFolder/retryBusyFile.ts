import { ConstantBackoff, handleWhen, retry } from "cockatiel";

/** Error codes on Windows while another program (a virus scanner, an indexer) has the file open. */
const passing: ReadonlySet<string> = new Set(["EPERM", "EBUSY", "EACCES"]);

/** Retries a file operation for about half a second while the file is in use. */
export const retryBusyFile = retry(
  handleWhen((error) => passing.has(codeOf(error))),
  {
    maxAttempts: process.platform === "win32" ? 10 : 2,
    backoff: new ConstantBackoff(50),
  },
);

/** Returns the code of a system error, or "" if there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
