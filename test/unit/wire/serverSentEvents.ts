import type { Placeholders, Plain } from "./placeholders.ts";

interface TextEvent {
  readonly [key: string]: unknown;
}

/** Fields that hold text which comes in pieces of any size, by the type of event. */
const pieces: Readonly<Record<string, string>> = { "command-output": "output", delta: "text", notice: "text" };

/**
 * Joins pieces of text that follow each other, since where a text is cut is a matter of time. The other fields are those of
 * the last piece.
 */
export function joined<Event extends TextEvent>(events: readonly Event[], typeOf: (event: Event) => string): Event[] {
  const result: Event[] = [];
  for (const event of events) {
    const before = result.at(-1);
    const field = pieces[typeOf(event)];
    const continues =
      before !== undefined &&
      field !== undefined &&
      typeOf(before) === typeOf(event) &&
      before["executionId"] === event["executionId"] &&
      before["stream"] === event["stream"];
    if (continues) result[result.length - 1] = { ...event, [field]: `${String(before[field])}${String(event[field])}` };
    else result.push(event);
  }
  return result;
}

/** The events in the text of a stream, whole ones only, with placeholders. Comments are left out. */
export function readStream(text: string, placeholders: Placeholders): Plain[] {
  const events = text
    .split("\n\n")
    .slice(0, -1)
    .filter((block) => /^data:/m.test(block))
    .map((block) => ({
      $event: field(block, "event"),
      $id: field(block, "id"),
      ...(JSON.parse(field(block, "data") ?? "{}") as object),
    }));
  return joined(events, ({ $event = "" }) => $event).map(({ $event = null, $id, ...data }) => ({
    event: $event,
    ...($id !== undefined && { id: placeholders.cursor($id) }),
    data: placeholders.json(data),
  }));
}

function field(block: string, name: string): string | undefined {
  return new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
}
