import { FileClaim } from "../../core/sharedFolder/fileClaim.ts";

/** Looks without a sign of life after which an owner counts as ended that cannot be looked up. It shows one before each look. */
const SILENT_LOOKS = 3;

interface Silence {
  readonly sign: number;
  readonly looks: number;
}

/**
 * The claims whose owners cannot be looked up. A machine that has slept makes all of them seem to be silent for long: an owner
 * counts as ended only if it has shown no sign of life in several looks while this window was awake.
 */
export class SilentClaims {
  readonly #seen = new Map<string, Silence>();

  /** Called at each look. @returns true if the claim may be taken, as far as its age allows it */
  async isOver(path: string): Promise<boolean> {
    const sign = await FileClaim.lastSignOf(path);
    const seen = this.#seen.get(path);
    this.#seen.delete(path);
    if (sign === undefined) return true;
    const looks = seen?.sign === sign ? seen.looks + 1 : 0;
    this.#seen.set(path, { sign, looks });
    return looks >= SILENT_LOOKS;
  }
}
