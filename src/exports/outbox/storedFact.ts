import { decodeLine, encodeLine } from "../../core/sharedFolder/checkedLines.ts";
import type { Fact, RunSummary } from "./fact.ts";

/** The circumstances of a dead letter. */
interface LetterNote {
  readonly reason: string;
  readonly at: number;
}

/** A line of an outbox: a fact, or, at the beginning of a file, the runs that have not ended yet. Or a dead letter. */
export type StoredLine =
  | { readonly fact: Fact; readonly letter?: LetterNote }
  | { readonly open: readonly RunSummary[] };

/** Serializes a line, with its checksum. */
export function encodeStored(line: StoredLine): string {
  return encodeLine(line);
}

/** @param line without its newline. @returns undefined for a line that is damaged, or of another version */
export function decodeStored(line: Buffer): StoredLine | undefined {
  const value = decodeLine(line);
  if (typeof value !== "object" || value === null) return undefined;
  if ("fact" in value && isFact(value.fact)) {
    return "letter" in value && isNote(value.letter)
      ? { fact: value.fact, letter: value.letter }
      : { fact: value.fact };
  }
  if ("open" in value && Array.isArray(value.open)) {
    const items: readonly unknown[] = value.open;
    return { open: items.filter(isSummary) };
  }
  return undefined;
}

/** The checksum proves that the line is one of ours; the fields tell that it is of this version. */
function isFact(value: unknown): value is Fact {
  if (typeof value !== "object" || value === null || !("id" in value) || !("at" in value) || !("event" in value)) {
    return false;
  }
  const { event } = value;
  return typeof value.id === "string" && typeof value.at === "number" && typeof event === "object" && event !== null;
}

function isNote(value: unknown): value is LetterNote {
  if (typeof value !== "object" || value === null || !("reason" in value) || !("at" in value)) return false;
  return typeof value.reason === "string" && typeof value.at === "number";
}

function isSummary(value: unknown): value is RunSummary {
  return typeof value === "object" && value !== null && "executionId" in value && "sequence" in value;
}
