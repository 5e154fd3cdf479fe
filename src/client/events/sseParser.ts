import { KiroBridgeError } from "../errors.ts";

/** One message of an event stream. */
export interface SseMessage {
  /** The last `id` that was received. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** More than the largest event: an output of 8 Mi characters, each of which JSON may escape. */
const MAX_MESSAGE_CHARACTERS = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** Splits the text of an event stream into messages, as the HTML standard defines them. */
export class SseParser {
  /** The delay before the next connection, as the server asks for it. */
  retryMs: number | undefined;
  /** The parts of the line that has not ended. */
  #line: string[] = [];
  #size = 0;
  #endedWithReturn = false;
  #data: string[] = [];
  #event = "";
  #id = "";

  /** Takes the next text, cut anywhere. Returns the messages that it completes. */
  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    // The other half of a CRLF that was cut in the middle.
    let start = this.#endedWithReturn && text.charCodeAt(0) === LINE_FEED ? 1 : 0;
    if (text !== "") this.#endedWithReturn = text.endsWith("\r");
    const ends = /\r\n|\r|\n/g;
    ends.lastIndex = start;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      this.#grow(text.slice(start, end.index));
      const line = this.#line.join("");
      this.#line = [];
      start = end.index + end[0].length;
      const message = line === "" ? this.#dispatch() : this.#field(line);
      if (message !== undefined) messages.push(message);
    }
    this.#grow(text.slice(start));
    return messages;
  }

  #grow(part: string): void {
    this.#size += part.length;
    if (this.#size > MAX_MESSAGE_CHARACTERS) throw new KiroBridgeError("INVALID_RESPONSE", "An event is too large.");
    if (part !== "") this.#line.push(part);
  }

  #field(line: string): undefined {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
    // A comment, or a field without a message, counts as long as it is one message.
    if (this.#data.length === 0) this.#size = 0;
  }

  #dispatch(): SseMessage | undefined {
    const [data, event] = [this.#data, this.#event || "message"];
    this.#data = [];
    this.#event = "";
    this.#size = 0;
    return data.length === 0 ? undefined : { id: this.#id, event, data: data.join("\n") };
  }
}
