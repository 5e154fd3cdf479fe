/** How much of a growing output is kept to be shown, in characters; the whole is in the detail. */
export const MAX_TAIL = 32 * 1024;

export interface Tail {
  readonly output: string;
  /** The beginning has been left out. */
  readonly isOutputCut?: boolean | undefined;
}

export interface KeptTail {
  readonly output: string;
  readonly isOutputCut?: true;
}

/** The tail after more text. Cut at a line's start where one is near, so that no half line stands on top. */
export function grown({ output, isOutputCut }: Tail, text: string): KeptTail {
  const whole = output + text;
  if (whole.length <= MAX_TAIL) return { output: whole, ...(isOutputCut === true && { isOutputCut }) };
  const rest = whole.slice(-MAX_TAIL);
  const lineEnd = rest.indexOf("\n");
  return { output: lineEnd >= 0 && lineEnd < 400 ? rest.slice(lineEnd + 1) : rest, isOutputCut: true };
}

/** The tail after the CLI took back the last `length` characters of what it said. */
export function retracted({ output, isOutputCut }: Tail, length: number): KeptTail {
  return { output: output.slice(0, Math.max(0, output.length - length)), ...(isOutputCut === true && { isOutputCut }) };
}
