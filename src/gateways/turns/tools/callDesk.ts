import { onAbort } from "../../../base/abort.ts";
import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { ToolUse } from "../turn.ts";
import type { LentResult } from "../lending.ts";
import { newId } from "../windowIds.ts";

/** Calls that come within this time are sent to the client together. */
const TOGETHER_MS = 100;
/** Maximum number of calls of one turn without a result. */
const MAX_OPEN = 128;

interface OpenCall {
  readonly use: ToolUse;
  readonly settle: (result: LentResult) => void;
}

/** Returns an ID that nobody can guess, in the characters that all vendors accept. */
export function newCallId(windowId: string): string {
  return `call_${newId(windowId)}`;
}

/** Returns the result of a call that has none. */
export function failedCall(text: string): LentResult {
  return { content: [{ type: "text", text }], isError: true };
}

export interface CallDeskOptions {
  readonly windowId: string;
  readonly clock: Clock;
  /** Returns the maximum number of calls that are announced at once. */
  readonly maxCalls: () => number;
}

/** The calls of a client's tools in one turn of an agent, from the agent's request to the client's result. */
export class CallDesk implements Disposable {
  readonly #options: CallDeskOptions;
  readonly #announce: (calls: readonly ToolUse[]) => void;
  /** In the order of their arrival. */
  readonly #open = new Map<string, OpenCall>();
  readonly #unannounced = new Set<string>();
  #timer: Disposable | undefined;
  #isPaused = false;
  /** The reason for which calls fail from now on. */
  #end: string | undefined;

  /** @param announce called with calls that the client has to answer */
  constructor(options: CallDeskOptions, announce: (calls: readonly ToolUse[]) => void) {
    this.#options = options;
    this.#announce = announce;
  }

  /** Takes a call of the agent. Never rejects. @param signal aborted if the agent no longer waits for the result */
  async call(name: string, args: object, signal: AbortSignal): Promise<LentResult> {
    if (this.#end !== undefined) return failedCall(this.#end);
    if (this.#open.size >= MAX_OPEN) return failedCall("Too many calls are waiting for a result.");
    const use: ToolUse = { id: newCallId(this.#options.windowId), name, arguments: JSON.stringify(args) };
    const { promise, resolve } = Promise.withResolvers<LentResult>();
    const aborting = onAbort(signal, () => this.#settle(use.id, failedCall("The call was cancelled.")));
    this.#open.set(use.id, { use, settle: resolve });
    this.#unannounced.add(use.id);
    if (signal.aborted) this.#settle(use.id, failedCall("The call was cancelled."));
    this.#schedule();
    try {
      return await promise;
    } finally {
      void aborting.dispose();
    }
  }

  /** Announces no further calls until the client has answered. */
  pause(): void {
    this.#isPaused = true;
    void this.#timer?.dispose();
    this.#timer = undefined;
  }

  /** Gives the agent the results of the announced calls. Those without one fail. */
  answer(resultOf: (callId: string) => LentResult | undefined): void {
    for (const id of this.#open.keys()) {
      if (this.#unannounced.has(id)) continue;
      this.#settle(id, resultOf(id) ?? failedCall("The client has sent no result for this call."));
    }
    this.#isPaused = false;
    this.#schedule();
  }

  /** Ends all calls, and those that come later. */
  fail(text: string): void {
    this.#end ??= text;
    this.pause();
    for (const id of this.#open.keys()) this.#settle(id, failedCall(text));
  }

  dispose(): void {
    this.fail("The turn has ended.");
  }

  #schedule(): void {
    if (this.#isPaused || this.#timer !== undefined || this.#unannounced.size === 0) return;
    const { clock, maxCalls } = this.#options;
    this.#timer = clock.after(TOGETHER_MS, () => {
      this.#timer = undefined;
      // The others follow when these are answered.
      const ids = [...this.#unannounced].slice(0, maxCalls());
      const calls = ids.flatMap((id) => this.#open.get(id)?.use ?? []);
      for (const id of ids) this.#unannounced.delete(id);
      if (calls.length > 0) this.#announce(calls);
    });
  }

  #settle(id: string, result: LentResult): void {
    this.#unannounced.delete(id);
    const call = this.#open.get(id);
    this.#open.delete(id);
    call?.settle(result);
  }
}
