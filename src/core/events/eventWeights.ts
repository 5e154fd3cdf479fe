import type { BridgeEvent, FileDiff } from "../../protocol/events.ts";
import { weightOf, weightOfTexts } from "../executions/weight.ts";

/** Weight of an event without text. */
const EMPTY = 100;

/** Output of one execution in the stored events, in characters. */
interface Output {
  /** Output in chunks. */
  pieces: number;
  /** The whole output, in `command-completed`. */
  whole: number;
}

/**
 * Sums the weight of the stored events in characters. The output repeated by `command-completed` only counts as far as
 * it exceeds the stored chunks, because both share the text of the execution. When chunks are evicted first, it counts
 * in their place.
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

  /**
   * @param event an event added before, which is evicted
   * @param outputLength the length of its output when it was added
   */
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
      // The output was not sent in chunks, as for editor commands, so there is nothing to deduct.
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

/** Returns the length of an event's text in characters. */
export function lengthOf(event: BridgeEvent): number {
  return textOf(event) + outputLengthOf(event);
}

/** Returns false if the texts of an event from outside are not those of its type, so that it cannot be stored. */
export function isMeasurable(event: BridgeEvent): boolean {
  try {
    return Number.isSafeInteger(lengthOf(event));
  } catch {
    return false;
  }
}

function outputLengthOf(event: BridgeEvent): number {
  return event.type === "command-output" || event.type === "command-completed" ? event.output.length : 0;
}

function lengthOfDiffs(diffs: readonly FileDiff[] = []): number {
  return diffs.reduce((sum, { path, oldText = "", newText }) => sum + path.length + oldText.length + newText.length, 0);
}

/** Returns the length of an event's text without execution output. Extend this for each new event type. */
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
      return event.toolCallId.length + event.title.length + lengthOfDiffs(event.diffs);
    case "agent-step":
      return event.model.length + (event.reason?.length ?? 0);
    case "status-changed":
      return event.currentCommand?.length ?? 0;
    case "session-changed":
      return event.name.length;
    case "window-joined":
      return weightOf(event.window);
    case "connection-ready":
    case "command-output":
    case "command-completed":
    case "command-cancelled":
    case "output-retracted":
    case "wait-changed":
    case "conversation-compacted":
    case "events-lost":
    case "window-left":
      return 0;
    default:
      // An event of another window with a newer version.
      return weightOf(event);
  }
}
