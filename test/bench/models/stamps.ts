/** The place of a stamp in the text of a chunk. */
export const STAMP_PLACE = "@".repeat(16);

const STAMP = /\b\d{16}\b/gu;

/** Returns the time as a text, by a clock that all processes of a machine share. */
export function stamp(): string {
  return String(microsNow()).padStart(STAMP_PLACE.length, "0");
}

/** Collects how old each stamp was when it was first seen. */
export class StampAges {
  /** In milliseconds. */
  readonly ages: number[] = [];
  readonly #seen = new Set<string>();

  /** Looks at a text that has just come. Ends of streams repeat what came before. */
  see(text: string): void {
    const now = microsNow();
    for (const [found] of text.matchAll(STAMP)) {
      if (this.#seen.has(found)) continue;
      this.#seen.add(found);
      this.ages.push((now - Number(found)) / 1000);
    }
  }
}

function microsNow(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
