/** An event of a stream whose events have names. */
export interface NamedEvent {
  readonly type: string;
}

export function namedEvent(type: string, fields: object = {}): NamedEvent {
  return { type, ...fields };
}

/** Returns the bytes of an event with a name. */
export function sseEvent(data: NamedEvent): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Returns the bytes of an event in a stream whose events have no names. */
export function sseData(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
