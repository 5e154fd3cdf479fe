import { hash } from "node:crypto";

/** The `prev` of the first line of a file. */
export const CHAIN_START = "0".repeat(64);

/** The last line of a chain, and the number of its lines. */
export interface ChainEnd {
  readonly lines: number;
  /** SHA-256 of the last line, without its newline. */
  readonly hash: string;
}

export const emptyChain: ChainEnd = { lines: 0, hash: CHAIN_START };

export function hashOf(line: string | Uint8Array): string {
  return hash("sha256", line, "hex");
}

/**
 * Links bodies to the end of a chain.
 * @param bodies JSON objects that are not empty
 * @returns the lines, each with its newline, and the new end
 */
export function chainLines(
  bodies: readonly string[],
  from: ChainEnd,
): { readonly text: string; readonly end: ChainEnd } {
  let { lines, hash: prev } = from;
  const chained: string[] = [];
  for (const body of bodies) {
    const line = `{"prev":"${prev}","seq":${lines},${body.slice(1)}`;
    prev = hashOf(line);
    lines++;
    chained.push(line, "\n");
  }
  return { text: chained.join(""), end: { lines, hash: prev } };
}

const LINK = /^\{"prev":"([\da-f]{64})","seq":(\d{1,15}),/;

/** The link of a line to the one before. */
export interface Link {
  readonly prev: string;
  readonly seq: number;
}

/** Parses the link of a line, of which the beginning is enough. */
export function linkOf(line: string): Link | undefined {
  const [, prev, seq] = LINK.exec(line) ?? [];
  return prev === undefined || seq === undefined ? undefined : { prev, seq: Number(seq) };
}
