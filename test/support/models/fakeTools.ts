import type { AgentTool, AgentTools } from "../../../src/core/models/agentTools.ts";
import type { CallPart, CallResult } from "../../../src/core/models/step.ts";

type Answer = (call: CallPart, signal: AbortSignal) => string | Promise<string>;

/** Tools that answer as the test says. A name without an answer is an unknown tool. */
export class FakeTools implements AgentTools {
  readonly list: readonly AgentTool[];
  readonly called: CallPart[] = [];
  readonly #answers: Readonly<Record<string, Answer>>;

  constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = answers;
    this.list = Object.keys(answers).map((name) => ({
      name,
      description: `The tool ${name}`,
      parameters: { type: "object" },
      isReadOnly: true,
    }));
  }

  async call(call: CallPart, signal: AbortSignal): Promise<CallResult> {
    this.called.push(call);
    const answer = this.#answers[call.name];
    if (answer === undefined) return resultOf(call, `There is no tool '${call.name}'.`, true);
    if (!isJson(call.arguments)) return resultOf(call, "The arguments are not valid JSON.", true);
    return resultOf(call, await answer(call, signal));
  }
}

/** A result of one text. */
export function resultOf({ id: callId, name }: CallPart, text: string, isError = false): CallResult {
  return { callId, name, content: [{ type: "text", text }], isError };
}

/** A tool that runs until its call is cancelled. */
export function runsUntilCancelled(onStart: () => void = () => undefined): Answer {
  return (_call, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      onStart();
    });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
