import { ConstantBackoff, handleWhen, retry } from "cockatiel";

/** On Windows another program (a virus scanner, an indexer) may hold a file for a moment. */
const passing: ReadonlySet<string> = new Set(["EPERM", "EBUSY", "EACCES"]);

/** Tries file work again for about half a second while the system says that the file is in use. */
export const patience = retry(
  handleWhen((error) => passing.has(codeOf(error))),
  {
    maxAttempts: process.platform === "win32" ? 10 : 2,
    backoff: new ConstantBackoff(50),
  },
);

/** The system's code of an error, "" if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
