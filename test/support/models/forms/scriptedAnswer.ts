/** A call of a tool in a scripted answer. */
export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, or its pieces as the stream has them. */
  readonly arguments: string | readonly string[];
}

/** What a scripted vendor says in one step, in no vendor's form. */
export interface ScriptedAnswer {
  /** Default: none. Pieces are deltas. */
  readonly text?: string | readonly string[];
  /** The summary of the reasoning. */
  readonly reasoning?: string;
  readonly calls?: readonly ScriptedCall[];
  readonly finish?: "stop" | "length" | "tool-calls" | "refusal";
  /** Default: "test-model". */
  readonly model?: string;
  readonly usage?: ScriptedUsage;
}

export interface ScriptedUsage {
  /** All of the input. */
  readonly input: number;
  readonly cached?: number;
  readonly output: number;
  readonly reasoning?: number;
}

export const TEST_MODEL = "test-model";

export function piecesOf(text: string | readonly string[] | undefined): readonly string[] {
  if (text === undefined) return [];
  return typeof text === "string" ? [text] : text;
}

export function finishOf(answer: ScriptedAnswer): NonNullable<ScriptedAnswer["finish"]> {
  return answer.finish ?? (answer.calls?.length ? "tool-calls" : "stop");
}

export function usageOf(answer: ScriptedAnswer): Required<ScriptedUsage> {
  return { input: 10, output: 5, cached: 0, reasoning: 0, ...answer.usage };
}

/** Returns whether a request asks for a stream. */
export function isStreamed(json: unknown): boolean {
  return typeof json === "object" && json !== null && "stream" in json && json.stream === true;
}
