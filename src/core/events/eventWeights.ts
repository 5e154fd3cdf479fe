import type { BridgeEvent } from "../../protocol/events.ts";
import { weightOfTexts } from "../executions/weight.ts";

/** What any event costs. */
const EMPTY = 100;

/** What the events of one execution that are kept say of its output, in characters. */
interface Output {
  /** Piece by piece. */
  pieces: number;
  /** At once, in `command-completed`. */
  whole: number;
}

/**
 * Sums what the kept events hold, in characters. The whole output, which `command-completed` repeats, counts only as far
 * as the pieces that are kept have not said it: it is the execution's own text, and no second one is made for the event.
 * When pieces leave before the whole, the whole counts in their place.
 */
export class EventWeights {
  readonly #outputs = new Map<string, Output>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(event: BridgeEvent): void {
    this.#sum(event, outputLengthOf(event), 1);
  }

  /** @param event was added, and leaves @param outputLength of the output that it had then */
  remove(event: BridgeEvent, outputLength = outputLengthOf(event)): void {
    this.#sum(event, outputLength, -1);
  }

  #sum(event: BridgeEvent, outputLength: number, sign: 1 | -1): void {
    this.#total += sign * (EMPTY + textOf(event));
    if (event.type === "command-completed") this.#count(event, 0, sign * outputLength);
    else if (event.type === "command-output" && event.stream === "stdout") this.#count(event, sign * outputLength, 0);
    else this.#total += sign * outputLength;
  }

  #count({ executionId }: { readonly executionId: string }, pieces: number, whole: number): void {
    const output = this.#outputs.get(executionId);
    if (output === undefined && pieces === 0) {
      // Said at once only, as commands of the editor do: there is nothing to compare it with, now or later.
      this.#total += whole;
      return;
    }
    const { pieces: piecesBefore, whole: wholeBefore } = output ?? { pieces: 0, whole: 0 };
    const now = { pieces: piecesBefore + pieces, whole: wholeBefore + whole };
    this.#total += Math.max(now.pieces, now.whole) - Math.max(piecesBefore, wholeBefore);
    if (now.pieces === 0 && now.whole === 0) this.#outputs.delete(executionId);
    else this.#outputs.set(executionId, now);
  }
}

/** All text of an event, in characters. */
export function lengthOf(event: BridgeEvent): number {
  return textOf(event) + outputLengthOf(event);
}

function outputLengthOf(event: BridgeEvent): number {
  return "output" in event ? event.output.length : 0;
}

/** All text of an event but the output of an execution. A new type of event must say here what it holds. */
function textOf(event: BridgeEvent): number {
  switch (event.type) {
    case "command-started":
      return event.command.length + weightOfTexts(event.args);
    case "command-queued":
      return event.command.length;
    case "command-error":
      return event.error.length;
    case "user-input-required":
      return event.prompt.length + weightOfTexts(event.choices ?? []);
    case "input-accepted":
    case "input-expired":
      return event.inputValue.length;
    case "tool-call":
      return event.toolCallId.length + event.title.length;
    case "status-changed":
      return event.currentCommand?.length ?? 0;
    case "session-changed":
      return event.name.length;
    case "connection-ready":
    case "command-output":
    case "command-completed":
    case "command-cancelled":
    case "output-retracted":
    case "events-lost":
      return 0;
  }
}
