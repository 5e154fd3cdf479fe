import { createHash } from "node:crypto";
import { canonicalJson } from "../../../base/canonicalJson.ts";
import type { Message, ToolUse } from "../../turns/turn.ts";
import type { FunctionCall, FunctionCallIds } from "./chatMessages.ts";

const MOST_CALLS = 1000;

/**
 * Remembers the IDs of the latest calls that were sent in the older form, `function_call`, which has none. A caller that sends
 * the result sends the same conversation up to the call.
 */
export class FunctionCalls {
  readonly #ids = new Map<string, string>();

  /** @param before the conversation before the call */
  remember(principalId: string, before: readonly Message[], call: ToolUse): void {
    this.#ids.set(keyOf(principalId, before, call), call.id);
    const [oldest] = this.#ids.keys();
    if (this.#ids.size > MOST_CALLS && oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Returns the IDs of the calls that were sent to a principal. */
  of(principalId: string): FunctionCallIds {
    return { find: (before, call) => this.#ids.get(keyOf(principalId, before, call)) };
  }
}

function keyOf(principalId: string, before: readonly Message[], { name, arguments: args }: FunctionCall): string {
  return createHash("sha256")
    .update(canonicalJson([principalId, name, args, before]))
    .digest("base64url");
}
