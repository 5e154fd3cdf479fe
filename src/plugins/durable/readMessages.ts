import { decodeLine } from "../../core/sharedFolder/checkedLines.ts";
import type { Message } from "../bus/message.ts";
import { parseRecord } from "./records.ts";
import type { Place } from "./waitingQueue.ts";

const BLOCK_BYTES = 256 * 1024;

interface Placed {
  readonly place: Place;
}

/**
 * Reads the messages of lines, as many from the first on as are near each other in one file.
 * @returns undefined for a line that was damaged since it was written
 */
export async function readMessages(items: readonly Placed[]): Promise<readonly (Message | undefined)[]> {
  for (;;) {
    const places = blockOf(items.map(({ place }) => place));
    const [first] = places;
    const last = places.at(-1);
    if (first === undefined || last === undefined) return [];
    // Compaction moves lines, and closes the file.
    const hasMoved = (): boolean => places.some((place, index) => place !== items[index]?.place);
    try {
      const { offset, segment } = first;
      const bytes = await segment.read({ offset, length: last.offset + last.length - offset });
      const messages = places.map((place) => decodeMessage(bytes, place, offset));
      if (!messages.includes(undefined) || !hasMoved()) return messages;
    } catch (error) {
      if (!hasMoved()) throw error;
    }
  }
}

function blockOf(places: readonly Place[]): readonly Place[] {
  const [first] = places;
  if (first === undefined) return [];
  const isNear = ({ segment, offset, length }: Place): boolean =>
    segment === first.segment && offset >= first.offset && offset + length - first.offset <= BLOCK_BYTES;
  const end = places.findIndex((place, index) => index > 0 && !isNear(place));
  return end < 0 ? places : places.slice(0, end);
}

function decodeMessage(bytes: Buffer, { offset, length }: Place, from: number): Message | undefined {
  const record = parseRecord(decodeLine(bytes.subarray(offset - from, offset - from + length)));
  return record?.type === "message" || record?.type === "dead" ? record.message : undefined;
}
