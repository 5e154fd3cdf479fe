import { type ChainEnd, emptyChain, hashOf, linkOf } from "../auditChain.ts";
import { fileLines } from "../fileLines.ts";

/** The first line of a chain that does not fit. Lines are numbered from 1. */
interface ChainFault {
  readonly kind: "changed" | "cut" | "reordered";
  readonly line: number;
}

export interface ChainReading {
  /** The end of the lines that fit. */
  readonly end: ChainEnd;
  readonly fault: ChainFault | undefined;
  /** SHA-256 of the first line. */
  readonly firstHash: string | undefined;
  /** Number of the first line in the chain. */
  readonly firstSeq: number;
  /** The hash after `markedLines` lines, if there are as many. */
  readonly markedHash: string | undefined;
  /** Text after the last newline: of a process that was killed while it wrote, or that writes now. */
  readonly hasTornLine: boolean;
}

export interface ChainOptions {
  /** See `ChainReading.markedHash`. */
  readonly markedLines?: number | undefined;
  /** True for a chain whose beginning may have been dropped. */
  readonly mayBeginLater?: boolean;
  /** True for a chain that goes on after the incomplete line of a killed process. */
  readonly mayHaveTornLines?: boolean;
}

/** Checks each line of a file against the one before, in bounded memory. Stops at the first that does not fit. */
export async function verifyChain(chunks: AsyncIterable<Buffer>, options: ChainOptions = {}): Promise<ChainReading> {
  const chain = new ChainCheck(options);
  let hasTornLine = false;
  for await (const { bytes, isWhole, isTooLong } of fileLines(chunks)) {
    if (!isWhole) hasTornLine = true;
    else if (isTooLong) chain.fail("changed");
    else chain.add(bytes);
    // After a gap, its lines may follow.
    if (chain.fault !== undefined && chain.fault.kind !== "cut") break;
  }
  return { ...chain.reading, hasTornLine };
}

class ChainCheck {
  readonly #options: ChainOptions;
  #end: ChainEnd = emptyChain;
  #line = 0;
  #firstSeq = 0;
  #firstHash: string | undefined;
  #markedHash: string | undefined;
  #fault: ChainFault | undefined;
  /** Number of the line after a gap. */
  #gapEnd = 0;

  constructor(options: ChainOptions) {
    this.#options = options;
  }

  get fault(): ChainFault | undefined {
    return this.#fault;
  }

  get reading(): Omit<ChainReading, "hasTornLine"> {
    const [end, fault, firstHash] = [this.#end, this.#fault, this.#firstHash];
    return { end, fault, firstHash, firstSeq: this.#firstSeq, markedHash: this.#markedHash };
  }

  add(bytes: Buffer): void {
    const text = bytes.toString("latin1");
    const link = linkOf(text);
    const isFirst = this.#line === 0;
    if (this.#fault !== undefined) {
      if (link !== undefined && link.seq >= this.#end.lines && link.seq < this.#gapEnd) this.#isOutOfOrder();
      return;
    }
    if (link === undefined || !isJson(bytes)) {
      if (!isFirst && this.#options.mayHaveTornLines === true) this.#accept(bytes, this.#end.lines);
      else this.fail("changed");
      return;
    }
    if (isFirst) this.#firstSeq = link.seq;
    const mayBegin = isFirst && this.#options.mayBeginLater === true;
    if (mayBegin || (link.prev === this.#end.hash && link.seq === this.#end.lines)) this.#accept(bytes, link.seq);
    else if (link.seq > this.#end.lines) {
      this.#gapEnd = link.seq;
      this.fail("cut");
    } else if (link.seq < this.#end.lines) this.fail("reordered");
    // The line before has another text than the one that this line was linked to.
    else this.fail("changed", Math.max(1, this.#line));
  }

  fail(kind: ChainFault["kind"], line = this.#line + 1): void {
    this.#fault ??= { kind, line };
  }

  #isOutOfOrder(): void {
    if (this.#fault !== undefined) this.#fault = { ...this.#fault, kind: "reordered" };
  }

  #accept(bytes: Buffer, seq: number): void {
    this.#line++;
    this.#end = { lines: seq + 1, hash: hashOf(bytes) };
    if (this.#line === 1) this.#firstHash = this.#end.hash;
    if (this.#end.lines === this.#options.markedLines) this.#markedHash = this.#end.hash;
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
