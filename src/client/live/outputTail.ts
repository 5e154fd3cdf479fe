import type { LiveExecution } from "./liveExecution.ts";

type Tail = Pick<LiveExecution, "output" | "isOutputCut">;

/** The end of a line is searched in this many characters. */
const MAX_LINE = 400;

/** Appends text, and keeps at most `maxLength` characters. If possible, the tail begins at a line start. */
export function grown({ output, isOutputCut }: Tail, text: string, maxLength: number): Tail {
  const whole = output + text;
  if (whole.length <= maxLength) return { output: whole, ...(isOutputCut === true && { isOutputCut }) };
  const rest = whole.slice(-maxLength);
  const lineEnd = rest.indexOf("\n");
  return { output: lineEnd >= 0 && lineEnd < MAX_LINE ? rest.slice(lineEnd + 1) : rest, isOutputCut: true };
}

/** Removes the last `length` characters, which the CLI has retracted. */
export function retracted({ output, isOutputCut }: Tail, length: number): Tail {
  return { output: output.slice(0, Math.max(0, output.length - length)), ...(isOutputCut === true && { isOutputCut }) };
}
