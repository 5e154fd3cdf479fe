import type { BridgeEvent } from "../../../protocol/events.ts";
import { isEnd } from "../../../protocol/events.ts";
import type { Cut } from "./answerText.ts";
import type { Reply } from "./reply.ts";
import { UnansweredOutput } from "./unansweredOutput.ts";

/** Leads the output of an execution to the response that is being made, or keeps it for the next one. */
export class TurnOutput {
  readonly #onCut: (cut: Cut) => void;
  /** Undefined while no client waits for the answer. */
  #reply: Reply | undefined;
  #unanswered = new UnansweredOutput();
  /** The agent's tools that were shown. */
  readonly #shown = new Set<string>();

  /** @param onCut called when the answer ends before the agent ends its turn */
  constructor(reply: Reply, onCut: (cut: Cut) => void) {
    this.#reply = reply;
    this.#onCut = onCut;
  }

  /** Maximum number of calls of the client's tools that the response takes. */
  get maxCalls(): number {
    return this.#reply?.maxCalls ?? Infinity;
  }

  /** Ends the relation to a response. @returns it */
  detach(): Reply | undefined {
    const reply = this.#reply;
    this.#reply = undefined;
    return reply;
  }

  /** Goes on with another response. */
  attach(reply: Reply): void {
    this.#reply = reply;
    const before = this.#unanswered;
    this.#unanswered = new UnansweredOutput();
    this.#cutIf(before.into(reply));
  }

  /** Takes the next event of the execution. @returns true for its last one */
  take(event: BridgeEvent): boolean {
    const output = this.#reply ?? this.#unanswered;
    switch (event.type) {
      case "command-output":
        if (event.stream === "stderr") output.activity(event.output);
        else this.#cutIf(output.append(event.output));
        return false;
      case "output-retracted":
        output.retract(event.length);
        return false;
      case "tool-call":
        // The client gets the calls of its own tools as calls.
        if (event.by !== "caller" && this.#isNew(event.toolCallId)) output.activity(`${event.title}\n`);
        return false;
      case "user-input-required":
        output.activity(`Waiting for an answer in the editor: ${event.prompt}\n`);
        return false;
      default:
        return isEnd(event);
    }
  }

  /** Each tool is shown once, when it starts. */
  #isNew(toolCallId: string): boolean {
    if (this.#shown.has(toolCallId)) return false;
    this.#shown.add(toolCallId);
    return true;
  }

  #cutIf(cut: Cut | undefined): void {
    if (cut !== undefined) this.#onCut(cut);
  }
}
