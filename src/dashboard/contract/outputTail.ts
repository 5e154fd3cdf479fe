/** Maximum length of the shown end of running output, in characters. The detail view has the whole. */
export const MAX_TAIL = 32 * 1024;

export interface Tail {
  readonly output: string;
  /** True if the beginning was removed. */
  readonly isOutputCut?: boolean | undefined;
}

export interface KeptTail {
  readonly output: string;
  readonly isOutputCut?: true;
}

/** Appends text. If possible, the tail begins at a line start. */
export function grown({ output, isOutputCut }: Tail, text: string): KeptTail {
  const whole = output + text;
  if (whole.length <= MAX_TAIL) return { output: whole, ...(isOutputCut === true && { isOutputCut }) };
  const rest = whole.slice(-MAX_TAIL);
  const lineEnd = rest.indexOf("\n");
  return { output: lineEnd >= 0 && lineEnd < 400 ? rest.slice(lineEnd + 1) : rest, isOutputCut: true };
}

/** Removes the last `length` characters, which the CLI has retracted. */
export function retracted({ output, isOutputCut }: Tail, length: number): KeptTail {
  return { output: output.slice(0, Math.max(0, output.length - length)), ...(isOutputCut === true && { isOutputCut }) };
}
