import { type Cut, MAX_ANSWER_BYTES } from "./answerText.ts";
import type { Reply } from "./reply.ts";

interface Part {
  readonly type: "text" | "activity";
  readonly text: string;
}

/** The output of an agent for which there is no response yet, because its turn is parked. */
export class UnansweredOutput {
  #parts: Part[] = [];
  #length = 0;

  /** @returns why the turn ends here, if it does */
  append(text: string): Cut | undefined {
    this.#add({ type: "text", text });
    return this.#length > MAX_ANSWER_BYTES ? { reason: "length" } : undefined;
  }

  activity(text: string): void {
    if (this.#length <= MAX_ANSWER_BYTES) this.#add({ type: "activity", text });
  }

  /** Takes text back; what was sent to the client before the turn was parked stays. */
  retract(length: number): void {
    let rest = length;
    for (let at = this.#parts.length - 1; at >= 0 && rest > 0; at--) {
      const part = this.#parts[at];
      if (part?.type !== "text") continue;
      const removed = Math.min(rest, part.text.length);
      this.#parts[at] = { type: "text", text: part.text.slice(0, part.text.length - removed) };
      rest -= removed;
    }
    this.#length -= length - rest;
  }

  /** Passes everything on. @returns why the answer ends here, if it does */
  into(reply: Reply): Cut | undefined {
    for (const { type, text } of this.#parts) {
      if (type === "activity") reply.activity(text);
      else {
        const cut = reply.append(text);
        if (cut !== undefined) return cut;
      }
    }
    return undefined;
  }

  #add(part: Part): void {
    this.#parts.push(part);
    this.#length += part.text.length;
  }
}
